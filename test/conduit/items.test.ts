/** Lists of items in requests, and what an answer tells of them: whole TLVs, field after field, codes never lost. */
import t from 'tap';
import { createConduit } from '../../src/conduit/conduit.js';
import { loadProfile } from '../../src/conduit/profile.js';
import { type ItemOutcome, plainOutcome } from '../../src/domain/outcome.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { type AskedItem, credit, itemsOf, itemTlvs, pin } from '../support/batch.js';
import { buildIso, parseIso } from '../support/iso.js';

const HEAD = { 3: '290000', 11: '000007', 41: 'T1' };

const batchProfile = (spec: object = {}) => {
  const profile = loadProfile('default');
  return { ...profile, answer: { ...profile.answer, ...spec } };
};
const conduitOf = (spec: object = {}) =>
  createConduit(batchProfile(spec), loadFormat('iso87-ascii'), '000009');

function understood(list: string, spec: object = {}, mti = '0200') {
  const conduit = conduitOf(spec);
  return conduit.understand(conduit.parse(buildIso(mti, { ...HEAD, 48: list })));
}

t.test('items are read in the order of the message, with what each says', async (t) => {
  const list = itemTlvs([
    pin('TALK10', 2),
    credit('5551234', 500),
    [
      ['PV', 'TALKCO'],
      ['RG', 'NW'],
      ['AM', '900'],
    ],
  ]);
  const nothing = {
    product: '',
    provider: '',
    region: '',
    quantity: 1,
    account: '',
    reference: '',
    amount: undefined,
  };
  t.match(understood(list), {
    ok: true,
    request: {
      kind: 'batch',
      identity: { contentIsSensitive: true },
      items: [
        { ...nothing, number: 1, product: 'TALK10', quantity: 2 },
        { ...nothing, number: 2, account: '5551234', amount: 500 },
        { ...nothing, number: 3, provider: 'TALKCO', region: 'NW', amount: 900 },
      ],
    },
  });
});

t.test(
  'a malformed list is refused with its reason and the field, and never with data that it may hold',
  async (t) => {
    for (const [list, reason, field] of [
      ['', 'no-items', '48.IT'],
      ['IT0011', 'format-error', '48.IT'],
      ['IT0020A', 'format-error', '48.IT'],
      ['IT00201IT00201', 'duplicate-item', '48.IT'],
      ['PR001XIT00201', 'unknown-tag', '48'],
      ['IT00201PN0041234', 'unknown-tag', '48'],
      ['IT00201QT00211', 'format-error', '48.QT'],
      ['IT00201AC0045555QT0012', 'format-error', '48.QT'],
      ['IT00201AC000', 'format-error', '48.AC'],
      ['IT00201AR000', 'format-error', '48.AR'],
      ['IT00201CN003123', 'format-error', '48.CN'],
      ['IT00201CN0046011AC0045555', 'format-error', '48.CN'],
      ['IT00201CN0046011QT0012', 'format-error', '48.QT'],
      ['IT00201AM00212', 'format-error', '48.AM'],
      ['IT00201AM003-12', 'format-error', '48.AM'],
      ['IT00201PR009X', 'format-error', '48'],
    ] as const) {
      if (list === 'IT00201AM00212')
        t.match(understood(list), { ok: true }, 'an amount alone is well-formed');
      else t.strictSame(understood(list), { ok: false, reason, field }, list);
    }
  },
);

t.test('no more items are let in than an answer can hold: 20, fewer where it has one field', async (t) => {
  const items = (count: number, item: AskedItem) => itemTlvs(Array.from({ length: count }, () => item));
  t.ok(understood(items(20, pin('TALK10'))).ok);
  const refused = { ok: false, reason: 'format-error', field: '48.IT' };
  t.strictSame(understood(items(21, pin('TALK10'))), refused);
  t.strictSame(understood(items(5, pin('TALK10', 10))), refused);
  t.ok(understood(items(7, pin('TALK10')), { overflow: [] }).ok);
  t.strictSame(understood(items(8, pin('TALK10')), { overflow: [] }), refused);
});

t.test('a reversal names items by number alone', async (t) => {
  const numbers = (list: string) => {
    const result = understood(list, {}, '0420');
    return result.ok && result.request.kind === 'reversal' ? result.request.items : result;
  };
  t.strictSame(numbers('IT00203IT00201'), [3, 1]);
  t.equal(numbers('PR001X'), undefined);
  t.match(numbers('IT00203IT00203'), { ok: false, reason: 'duplicate-item' });
});

/** An item with as much as can be told of one, the code as long as one may be. */
function longItem(number: number): ItemOutcome {
  const code = String(number).padStart(64, '9');
  const outcome = {
    ...plainOutcome('approved'),
    approvalCode: 'ABC123',
    balance: { amount: 1, currency: '840' },
    accountExpiry: '20991231',
    accountReference: 'A'.repeat(23),
    pins: [{ code, serial: 'S'.repeat(40), expiry: '20991231' }],
    receipt: ['R'.repeat(40), 'R'.repeat(40)],
  };
  return { number, outcome };
}

t.test(
  '20 items of the longest codes are told whole; receipts, then serials and expiries, make room',
  async (t) => {
    const conduit = conduitOf();
    const request = conduit.parse(buildIso('0200', { ...HEAD, 48: itemTlvs([pin('TALK10')]) }));
    const told = (count: number) => {
      const items = Array.from({ length: count }, (_, at) => longItem(at + 1));
      return itemsOf(parseIso(conduit.answer(request, { ...plainOutcome('approved'), items })));
    };
    const all = told(20);
    t.strictSame(
      all.map(({ number, code, pins }) => [number, code, pins[0]]),
      Array.from({ length: 20 }, (_, at) => {
        const number = String(at + 1);
        return [number.padStart(2, '0'), '00', number.padStart(64, '9')];
      }),
    );
    t.strictSame(all[19]?.tags, ['RC', 'PN', 'AP', 'BA', 'AE']);
    t.strictSame(told(12)[11]?.tags, ['RC', 'PN', 'SN', 'EX', 'AP', 'BA', 'AE']);
    t.strictSame(told(2)[1]?.tags, ['RC', 'PN', 'SN', 'EX', 'AP', 'BA', 'AE', 'AR', 'RL', 'RL']);
  },
);

t.test('a profile whose rules have batches says how they are listed, and answers in TLVs', async (t) => {
  t.throws(() => conduitOf({ pins: { layout: 'plain', field: 63 } }), /a batch needs batch/);
  t.throws(() => conduitOf({ overflow: [193] }), /answer.overflow.0/);
});
