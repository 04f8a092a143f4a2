/** What is renewed, in every shipped format: new values by rule, and not another byte. */
import fc from 'fast-check';
import t from 'tap';
import { type Codec, loadFormat, shippedFormats } from '../../../src/iso8583/index.js';
import { Renewer, shiftFrom } from '../../../src/tools/replay/renewer.js';
import { compileRules, type RuleOptions } from '../../../src/tools/replay/rules.js';
import { Substitution } from '../../../src/tools/replay/substitution.js';
import { instantOf, TimeShift } from '../../../src/tools/replay/timeShift.js';
import { buildIso, parseIso } from '../../support/iso.js';

const clock = { now: () => Date.UTC(2026, 10, 26, 12, 0, 0), after: () => () => {}, soon: () => {} };
const RULES: RuleOptions = {
  renew: ['stan', 'rrn', 'times'],
  ignore: [],
  compare: [],
  set: [],
  carry: [],
  pair: ['11', '41'],
};

/** Turns each place by its number and one more. */
function counting() {
  let next = 0;
  return { bytes: (length: number) => Buffer.alloc(length), int: (limit: number) => next++ % limit };
}

function turnedBy(random: { int(limit: number): number }): Substitution {
  return new Substitution({ bytes: (length) => Buffer.alloc(length), ...random });
}

t.test(
  'values are substituted one to one, digit by digit and letter by letter; zeros name nothing',
  async (t) => {
    const digits = fc.stringMatching(/^\d{6}$/);
    const references = fc.stringMatching(/^[0-9A-Z]{12}$/);
    const keys = fc.array(fc.nat(8), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(keys, digits, digits, references, (key, one, other, rrn) => {
        let at = 0;
        const substitution = turnedBy({ int: (limit) => (key[at++] ?? 0) % limit });
        const [a, b, c] = [one, other, rrn].map((text) => substitution.of(text));
        const isOneToOne = (one === other) === (a === b);
        const isOfItsKind =
          /^\d{6}$/.test(a ?? '') &&
          c?.replace(/\d/g, '0').replace(/[A-Z]/g, 'A') === rrn.replace(/\d/g, '0').replace(/[A-Z]/g, 'A');
        const isNew = one === '000000' ? a === one : a !== one && a !== '000000';
        const isSuffix = /^0*$/.test(one) || substitution.of(`424242${one}`).endsWith(a ?? '');
        return isOneToOne && isOfItsKind && isNew && (isSuffix || b === undefined || /^0*$/.test(a ?? ''));
      }),
    );
    t.equal(
      substitutionOf(1).of('000009'),
      '000001',
      'what would become zeros goes where zeros would have gone',
    );
  },
);

/** The last digit by `turn`, no other. */
function substitutionOf(turn: number): Substitution {
  let at = 0;
  return turnedBy({ int: () => (at++ === 0 ? turn - 1 : 0) });
}

t.test('dates and times move together over midnight, month and year, and what is none stays', async (t) => {
  const hour = new TimeShift(3_600, 2026);
  t.equal(hour.joined('1231233000'), '0101003000');
  t.equal(hour.joined('261231233000'), '270101003000');
  t.equal(hour.joined('20261231233000'), '20270101003000');
  t.same(hour.local('1231', '233000'), { date: '0101', time: '003000' });
  t.same(hour.local('', '233000'), { date: '', time: '003000' });
  t.same(new TimeShift(86_400, 2026).local('0228', ''), { date: '0301', time: '' });
  for (const text of ['0000000000', '1332000000', '0230120000', '1126256000', 'XXXXXXXXXX'])
    t.equal(hour.joined(text), text);
  fc.assert(
    fc.property(fc.integer({ min: -4e7, max: 4e7 }), fc.integer({ min: 0, max: 3.1e7 }), (shift, second) => {
      const from = new Date(Date.UTC(2026, 0, 1) + second * 1000);
      const to = new Date(from.getTime() + shift * 1000);
      const text = (date: Date): string => date.toISOString().slice(2, 19).replace(/\D/g, '');
      return new TimeShift(shift, 2026).joined(text(from)) === text(to);
    }),
  );
  t.equal(instantOf('1231235959', Date.UTC(2027, 0, 1)), Date.UTC(2026, 11, 31, 23, 59, 59));
});

function renewerOf(codec: Codec, more: Partial<RuleOptions> = {}): Renewer {
  const rules = compileRules({ ...RULES, ...more }, codec, clock);
  return new Renewer(codec, rules, new TimeShift(60, 2026), counting());
}

t.test('the fields of a sale and its citation are renewed, all other bytes stay', async (t) => {
  const codec = loadFormat('iso87-ascii');
  const stan = '123456';
  const original = {
    7: '1126115930',
    11: stan,
    12: '125930',
    13: '1126',
    37: 'R00000123456',
    41: 'DEMO0001',
  };
  const reversal = { ...original, 11: '123457', 90: `0200${stan}1126115930${'0'.repeat(22)}` };
  const [sold, reversed] = [
    [buildIso('0200', original), '0200'],
    [buildIso('0420', reversal), '0420'],
  ].map(([frame, mti]) => {
    const message = codec.parse(frame as Buffer);
    const out = Buffer.from(message.frame);
    renewerOf(codec).renew(message, out, []);
    const { fields } = parseIso(out);
    t.equal(parseIso(out).mti, mti);
    t.match(fields, { 7: '1126120030', 12: '130030', 13: '1126', 41: 'DEMO0001' });
    return fields;
  });
  // By the counting key: the last digit and the one before it by 1, those before them by 2, 3, 4, 5.
  t.equal(sold?.[11], '666667');
  t.equal(reversed?.[11], '666668');
  t.equal(sold?.[37]?.slice(-6), sold?.[11], 'an RRN that ends with the STAN still does');
  t.equal(
    reversed?.[90],
    `0200${sold?.[11]}1126120030${'0'.repeat(22)}`,
    'the original is cited by its new values',
  );
  t.equal(reversed?.[37], sold?.[37]);
});

t.test('BASE24 citations and last digits are renewed where the profile tells of them', async (t) => {
  const codec = loadFormat('iso87-ascii');
  const rrn = '526330123456';
  const reversal = { 11: '000123', 37: rrn, 90: `0200${rrn}112612593000${'0'.repeat(14)}` };
  const rules = compileRules(RULES, codec, clock);
  const renewer = new Renewer(
    codec,
    { ...rules, layouts: [{ layout: 'base24', field: 90 }] },
    new TimeShift(60, 2026),
    counting(),
  );
  const message = codec.parse(buildIso('0420', reversal));
  const out = Buffer.from(message.frame);
  renewer.renew(message, out, []);
  const { fields } = parseIso(out);
  t.equal(fields[90], `0200${fields[37]}112613003000${'0'.repeat(14)}`);
  t.not(fields[37], rrn);
});

t.test('in every shipped format a renewed message reads as before but for the renewed fields', async (t) => {
  for (const name of shippedFormats()) {
    const codec = loadFormat(name);
    const is93 = (codec.fieldName(12) ?? '').includes('YY');
    const long = (codec.fieldName(12) ?? '').includes('CCYY');
    const fields: Record<number, string> = {
      3: '280000',
      7: '1126115930',
      11: long ? '000000123456' : '123456',
      12: long ? '20261126125930' : is93 ? '261126125930' : '125930',
      ...(is93 ? {} : { 13: '1126' }),
      37: '526330123456',
      41: 'DEMO0001',
    };
    let frame: Buffer;
    try {
      frame = codec.build('0200', fields);
    } catch {
      continue; // a dialect that has these fields otherwise
    }
    const message = codec.parse(frame);
    const out = Buffer.from(frame);
    renewerOf(codec).renew(message, out, []);
    const renewed = codec.parse(out);
    t.equal(renewed.text(11)?.slice(-6), '666667', `${name}: STAN`);
    t.equal(renewed.text(12)?.slice(-6), '130030', `${name}: DE12`);
    t.equal(renewed.text(7), '1126120030', `${name}: DE7`);
    t.equal(renewed.text(37)?.slice(-6), '666667', `${name}: RRN`);
    for (const de of [3, 13, 41]) t.equal(renewed.text(de), message.text(de), `${name}: DE${de}`);
  }
});

t.test(
  'the first message becomes now: by its time in the capture, or by its DE7 where that is another day',
  async (t) => {
    const codec = loadFormat('iso87-ascii');
    const first = codec.parse(buildIso('0200', { 7: '0102030405', 11: '000001' }));
    const now = clock.now();
    const captured = Date.UTC(2026, 0, 2, 1, 4, 5);
    t.equal(
      shiftFrom(first, captured * 1000, now).joined('0102030405'),
      '1126140000',
      'two hours ahead, as captured',
    );
    t.equal(shiftFrom(first, Date.UTC(2020, 5, 1) * 1000, now).joined('0102030405'), '1126120000');
    t.equal(shiftFrom(first, 0, now).joined('0102030405'), '1126120000', 'a list without times');
  },
);
