/** Messages to an ISO 8583 supplier, byte for byte against frames written out by hand. */
import t from 'tap';
import { loadFormat } from '../../src/iso8583/index.js';
import { DEFAULT_CODES } from '../../src/supply/iso8583-codes.js';
import {
  isUndone,
  matchKey,
  networkFields,
  orderFields,
  readOrderAnswer,
  reversalFields,
  stanOf,
} from '../../src/supply/iso8583-messages.js';
import type { SupplyOrder } from '../../src/supply/supply.js';

const codec = loadFormat('iso87-ascii');
const codes = new Map(Object.entries(DEFAULT_CODES));
const us = { acquirer: '000001', terminal: undefined, merchant: undefined, utcOffsetMinutes: 60 };

const order: SupplyOrder = {
  reference: 'MB3K9Z0A000A',
  service: 'account-credit',
  product: 'TOPUP2',
  account: '7775551234',
  region: 'N1',
  amount: 1_500,
  currency: '840',
  quantity: 1,
  merchant: 'DEMOMERCHANT001',
  terminal: 'DEMO0001',
  orderedAt: Date.UTC(2025, 11, 31, 23, 30, 15),
};

/** MTI, bitmap in hexadecimal, and the fields as they stand on the wire. */
function wire(mti: string, fields: readonly (readonly [number, string])[]): string {
  let bitmap = fields.some(([de]) => de > 64) ? 1n << 127n : 0n;
  for (const [de] of fields) bitmap |= 1n << BigInt(128 - de);
  const hex = bitmap.toString(16).toUpperCase().padStart(32, '0');
  return mti + (bitmap >> 127n ? hex : hex.slice(0, 16)) + fields.map(([, text]) => text).join('');
}

const COMMON = [
  [3, '210000'],
  [4, '000000001500'],
  [7, '1231233015'],
  [11, '000011'],
  [12, '003015'],
  [13, '0101'],
  [32, '06000001'],
  [37, 'MB3K9Z0A000A'],
  [41, 'DEMO0001'],
  [42, 'DEMOMERCHANT001'],
] as const;

t.test('an order is the bytes that the default profile asks for', async (t) => {
  const expected = wire('0200', [
    ...COMMON,
    [48, '018PR006TOPUP2RG002N1'],
    [49, '840'],
    [102, '107775551234'],
  ]);
  t.equal(codec.build('0200', orderFields(order, us)).toString('latin1'), expected);
});

t.test('a reversal names its original in DE90 and DE37', async (t) => {
  const expected = wire('0421', [
    ...COMMON,
    [49, '840'],
    [90, `0200${'000011'}${'1231233015'}00000000001${'00000000000'}`],
    [102, '107775551234'],
  ]);
  t.equal(codec.build('0421', reversalFields(order, us)).toString('latin1'), expected);
});

t.test('a PIN sale tells the quantity and no account', async (t) => {
  const sale = { ...order, service: 'pin-sale', account: '', region: '', quantity: 3 } as const;
  const { 3: code, 48: items, 102: account } = orderFields(sale, us);
  t.same(
    [code, items, account],
    [
      '280000',
      [
        ['PR', 'TOPUP2'],
        ['QT', '3'],
      ],
      undefined,
    ],
  );
});

t.test('an echo is DE7, DE11 and DE70', async (t) => {
  const frame = codec.build('0800', networkFields('301', '000042', order.orderedAt));
  const expected = wire('0800', [
    [7, '1231233015'],
    [11, '000042'],
    [70, '301'],
  ]);
  t.equal(frame.toString('latin1'), expected);
});

t.test('the STAN follows from the reference alone, 1 to 999999, different for neighbours', async (t) => {
  t.equal(stanOf('MB3K9Z0A0000'), '000001');
  t.equal(stanOf('MB3K9Z0A000Z'), '000036');
  t.equal(stanOf('MB3K9Z0ALFLQ'), '999999');
  t.equal(stanOf('MB3K9Z0ALFLR'), '000001');
  t.equal(stanOf('MB3K9Z0AZZZZ'), '679617');
  t.equal(stanOf(''), '000001');
});

t.test('a repeat and an answer match their request', async (t) => {
  t.equal(matchKey('0210', '000011', 'DEMO0001'), '0200|000011|DEMO0001');
  t.equal(matchKey('0201', '000011', 'DEMO0001'), '0200|000011|DEMO0001');
  t.equal(matchKey('0430', '000011', ''), '0420|000011|');
  t.equal(matchKey('0810', '000011', ''), '0800|000011|');
});

function answer(fields: readonly (readonly [number, string])[]) {
  return codec.parse(Buffer.from(wire('0210', fields), 'latin1'));
}

const FOR_US = [37, 'MB3K9Z0A000A'] as const;

t.test('an approval is read with code, balance and expiry', async (t) => {
  const said = answer([
    [4, '000000001500'],
    FOR_US,
    [38, '123456'],
    [39, '00'],
    [54, '0400002840D0000000000050002840C000000004200'],
    [63, '013AE00820261231'],
  ]);
  t.same(readOrderAnswer(said, order, codes), {
    kind: 'approved',
    approvalCode: '123456',
    balance: { amount: 4_200, currency: '840' },
    accountExpiry: '20261231',
    pins: [],
  });
});

t.test('PINs are read in their order, and their number must be right', async (t) => {
  const pins = 'PN0041111SN001AEX00820261231PN0042222SN001BEX00820270101';
  const said = answer([FOR_US, [39, '00'], [63, `0${pins.length}${pins}`]]);
  const sale = { ...order, service: 'pin-sale', quantity: 2 } as const;
  t.match(readOrderAnswer(said, sale, codes), {
    kind: 'approved',
    pins: [
      { code: '1111', serial: 'A', expiry: '20261231' },
      { code: '2222', serial: 'B', expiry: '20270101' },
    ],
  });
  t.same(readOrderAnswer(said, { ...sale, quantity: 1 }, codes), { kind: 'fault', fault: 'mismatch' });
  t.same(readOrderAnswer(said, order, codes), { kind: 'fault', fault: 'mismatch' });
});

t.test('another reference, amount or currency is no answer to this order', async (t) => {
  const mismatch = { kind: 'fault', fault: 'mismatch' };
  t.same(
    readOrderAnswer(
      answer([
        [37, 'MB3K9Z0A000B'],
        [39, '00'],
      ]),
      order,
      codes,
    ),
    mismatch,
  );
  t.same(readOrderAnswer(answer([[39, '00']]), order, codes), mismatch);
  t.same(readOrderAnswer(answer([[4, '000000001600'], FOR_US, [39, '00']]), order, codes), mismatch);
  t.same(readOrderAnswer(answer([FOR_US, [39, '00'], [49, '978']]), order, codes), mismatch);
  t.same(readOrderAnswer(answer([FOR_US]), order, codes), { kind: 'fault', fault: 'malformed' });
});

t.test('each code has its meaning, by a table that the configuration may change', async (t) => {
  const read = (code: string, table = codes) => readOrderAnswer(answer([FOR_US, [39, code]]), order, table);
  t.same(read('14'), { kind: 'refused', reason: 'invalid-account', supplierReason: '14' });
  t.same(read('62'), { kind: 'refused', reason: 'account-blocked', supplierReason: '62' });
  t.same(read('Z9'), { kind: 'refused', reason: 'supplier-refused', supplierReason: 'Z9' });
  t.same(read('91'), { kind: 'unavailable' });
  t.same(read('09'), { kind: 'in-progress' });
  for (const code of ['68', '94', '96']) t.same(read(code), { kind: 'fault', fault: 'supplier-fault' });
  t.match(read('Z9', new Map([['Z9', 'account-limit']])), { reason: 'account-limit' });
});

t.test('the host’s words are shown without the account', async (t) => {
  const said = answer([FOR_US, [39, '14'], [44, '21No account 7775551234']]);
  t.match(readOrderAnswer(said, order, codes), { supplierReason: 'No account *' });
});

t.test('reversed, and original not found, are both undone; for our reference only', async (t) => {
  const undone = new Set(['00', '25']);
  t.ok(isUndone(answer([FOR_US, [39, '00']]), order, undone));
  t.ok(isUndone(answer([FOR_US, [39, '25']]), order, undone));
  t.notOk(isUndone(answer([FOR_US, [39, '96']]), order, undone));
  t.notOk(
    isUndone(
      answer([
        [37, 'SOMEBODYELSE'],
        [39, '00'],
      ]),
      order,
      undone,
    ),
  );
});

t.test('a PIN that no answer could tell is not taken', async (t) => {
  const sale = { ...order, service: 'pin-sale', account: '', quantity: 1 } as const;
  const told = (text: string) =>
    readOrderAnswer(
      answer([FOR_US, [39, '00'], [63, String(text.length).padStart(3, '0') + text]]),
      sale,
      codes,
    );
  t.match(told(`PN064${'7'.repeat(64)}SN001AEX00820261231`), { kind: 'approved' });
  for (const text of [
    `PN065${'7'.repeat(65)}`,
    'PN0041 11',
    'PN004\u00e9111',
    'PN0041111EX006261231',
    `PN0041111SN065${'7'.repeat(65)}`,
  ])
    t.same(told(text), { kind: 'fault', fault: 'malformed' }, text);
});
