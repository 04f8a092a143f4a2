/** What a profile tells in places of its own: a PIN always whole and in one place, the rest of the field as it came. */
import fc from 'fast-check';
import t from 'tap';
import { put } from '../../src/conduit/answerPlaces.js';
import { createConduit } from '../../src/conduit/conduit.js';
import { loadProfile, ProfileError, parseProfile } from '../../src/conduit/profile.js';
import { type Outcome, plainOutcome, type SoldPin } from '../../src/domain/outcome.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { tlv, tlvOf, tokens } from '../support/dialectPeer.js';
import { buildWire, dialect, parseWire } from '../support/wire.js';

const wire = dialect({
  shapes: { 32: { prefix: 2 }, 41: { fixed: 16 }, 100: { prefix: 2 }, 127: { prefix: 2 } },
});
const base24Wire = dialect();
const conduit = (name: string) => createConduit(loadProfile(name), loadFormat(name), '000001');
const base24 = conduit('base24-topup');
const aggregator = conduit('bill-aggregator');

const sold = (pins: readonly SoldPin[], receipt: readonly string[] = []): Outcome => ({
  ...plainOutcome('approved'),
  transactionId: 17,
  pins,
  receipt,
});
const pinOf = (code: string): SoldPin => ({ code, serial: 'S1', expiry: '99991231' });

const visible = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[!-~]{1,${max}}$`));

t.test('a PIN stands in its part of the token, or whole beside it, and all else comes back', async (t) => {
  const codes = fc.array(visible(64), { maxLength: 3 });
  const voucher = fc.option(visible(18), { nil: undefined });
  fc.assert(
    fc.property(codes, voucher, visible(19), (codes, voucher, phone) => {
      const asked = tokens('0555', phone, voucher);
      const request = base24.parse(
        buildWire(base24Wire, '0200', { 3: '650000', 11: '000001', 41: 'T1', 126: asked }),
      );
      const outcome = sold(codes.map(pinOf));
      const { fields } = parseWire(base24Wire, base24.answer(request, outcome));
      const all = codes.join();
      const isShort = all !== '' && all.length <= 18 && voucher !== undefined;
      t.equal(fields[126], isShort ? tokens('0555', phone, all) : asked);
      t.equal(fields[63], isShort || all === '' ? undefined : all);
    }),
    { numRuns: 150 },
  );
});

t.test('receipt lines stand tag by tag, cut where they are too long, a PIN before them', async (t) => {
  const lines = fc.array(fc.stringMatching(/^[ -~]{0,120}$/), { maxLength: 24 });
  fc.assert(
    fc.property(lines, fc.option(visible(64), { nil: undefined }), (lines, code) => {
      const asked = {
        3: '800000',
        11: '000001',
        41: 'T1',
        48: tlv([
          ['PI', 'X'],
          ['ZZ', '9'],
        ]),
        57: '',
      };
      const request = aggregator.parse(buildWire(wire, '0220', asked));
      const pins = code === undefined ? [] : [pinOf(code)];
      const { fields } = parseWire(wire, aggregator.answer(request, sold(pins, lines)));
      t.same(tlvOf(fields[48]), { PI: 'X', ZZ: '9', FR: '17' }, 'what it does not know stays');
      const pieces = lines.flatMap((line) => (line === '' ? [''] : (line.match(/.{1,50}/g) ?? [])));
      const isShort = code !== undefined && code.length <= 50;
      const wanted = [...(isShort ? [code] : []), ...pieces].slice(0, 19);
      const got = Object.values(tlvOf(fields[57]));
      // The field holds 999 characters: what does not fit is left out, from the first that does not.
      t.same(got, got.length < wanted.length ? wanted.slice(0, got.length) : wanted);
      t.ok(got.length === wanted.length || got.join('').length > 800, 'and only then');
      t.equal(fields[62], isShort ? undefined : code);
    }),
    { numRuns: 100 },
  );
});

t.test('what cannot be changed stays: text where a list was meant, a part that is not there', async (t) => {
  t.equal(put('text', ['R0'], 'x'), undefined);
  t.equal(put([['Q1', 'text']], ['Q1', 'voucher'], 'x'), undefined);
  t.same(
    put(
      [
        ['A', '1'],
        ['B', '2'],
        ['A', '3'],
      ],
      ['A'],
      'x',
    ),
    [
      ['A', 'x'],
      ['B', '2'],
      ['A', '3'],
    ],
  );
  const spoilt = base24.parse(
    buildWire(base24Wire, '0200', { 3: '650000', 11: '000001', 41: 'T1', 126: 'no tokens' }),
  );
  const { fields } = parseWire(base24Wire, base24.answer(spoilt, sold([pinOf('1234567890')])));
  t.match(fields, { 126: 'no tokens', 63: '1234567890' });
});

t.test("declines come with the profile's own message type, and one of those is never answered", async (t) => {
  const answered = (mti: string, reason: 'approved' | 'partial' | 'in-progress' | 'late') => {
    const request = base24.parse(buildWire(base24Wire, mti, { 11: '000001', 41: 'T1' }));
    return parseWire(base24Wire, base24.answer(request, plainOutcome(reason))).mti;
  };
  t.same(
    ['0200', '0201', '0420', '0421', '0800'].map((mti) => answered(mti, 'late')),
    ['9200', '9200', '9420', '9420', '9800'],
  );
  t.equal(answered('0201', 'approved'), '0210');
  t.equal(answered('0420', 'partial'), '0430');
  t.equal(answered('0200', 'in-progress'), '9200');
  t.equal(answered('0100', 'late'), '0110', 'one that the profile does not name');
  const refusal = base24.parse(buildWire(base24Wire, '9200', { 11: '000001' }));
  t.notOk(base24.isRequest(refusal));
  t.ok(aggregator.isRequest(refusal), 'to others it is one that they do not know');
});

t.test('a place that the format does not have, or that two members write, stops the start', async (t) => {
  const faults: readonly (readonly [object, RegExp])[] = [
    [{ told: { '126.Q9.voucher': 'serial' } }, /has no subfield 126\.Q9\.voucher/],
    [{ told: { '38': 'serial' } }, /answer\.told: field 38 is written by another member/],
    [{ told: { '41.x': 'serial' } }, /has no subfield 41\.x/],
    [{ told: { '40': 'transactionId' } }, /answer\.told\.40: field 40/],
    [{ echo: [3, 11] }, /answer\.pins\.path: its field must be among answer\.echo/],
    [
      { told: { '126.Q1.voucher': 'serial' } },
      /answer\.told\.126\.Q1\.voucher: would be told in place of PINs/,
    ],
    [{ told: { '126.Q1': 'serial' } }, /answer\.told\.126\.Q1: would be told in place of PINs/],
    [{ rejectMti: { '0200': '0421' } }, /answer\.rejectMti\.0200: 0421 is a request's/],
    [{ lines: { field: 63, tags: ['R0'], lengthMax: 40 } }, /field 63 is written by another member/],
  ];
  for (const [answer, message] of faults) {
    const profile = parseProfile({ extends: 'base24-topup', name: 'x', answer }, 'mine');
    t.throws(() => createConduit(profile, loadFormat('base24-topup'), '1', 'mine'), { message });
  }
  t.throws(
    () => parseProfile({ extends: 'default', name: 'x', key: ['terminal', 'rrn'] }, 'mine'),
    new ProfileError('mine: key: with "rrn", "localDate" too'),
  );
});
