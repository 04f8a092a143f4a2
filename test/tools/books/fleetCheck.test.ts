/** Books and journals made by hand: a clean pair, and each way in which one of them can be wrong. */
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { type Asked, FleetBooks, transactionId } from '../../../src/tools/books/fleetBooks.js';
import { checkFleet, type FleetCheck } from '../../../src/tools/books/fleetCheck.js';
import type { JournalRecord } from '../../../src/tools/books/journal.js';
import type { Told } from '../../../src/tools/books/told.js';
import { violationText } from '../../../src/tools/books/violations.js';

const SALE: Asked = {
  terminal: 'SHOP0001',
  date: '20261126',
  time: '101500',
  stan: '000001',
  rrn: '633010000001',
  messageClass: '2',
  service: 'pin-sale',
  product: 'TALK10',
  quantity: 1,
  amount: null,
  currency: '840',
  undoes: null,
  bad: null,
};
const CREDIT: Asked = {
  ...SALE,
  stan: '000002',
  rrn: '633010000002',
  service: 'account-credit',
  product: 'TOPUP',
  quantity: null,
  amount: 500,
};
const BATCH: Asked = {
  ...SALE,
  stan: '000003',
  rrn: '633010000003',
  service: 'batch',
  product: null,
  quantity: 2,
};
const REVERSAL: Asked = {
  ...CREDIT,
  stan: '000009',
  messageClass: '4',
  service: 'reversal',
  product: null,
  undoes: transactionId(CREDIT),
};

const APPROVED: Told = {
  code: '00',
  verdict: 'approved',
  pins: [],
  approval: 'A1',
  amount: null,
  itemsApproved: null,
};
const DECLINED: Told = { ...APPROVED, code: '84', verdict: 'declined', approval: '' };
const IN_PROGRESS: Told = { ...APPROVED, code: '09', verdict: 'transient', approval: '' };
const SOLD: Told = { ...APPROVED, amount: 1000, pins: [{ hash: 'aa', serial: 'S1' }] };
const BATCHED: Told = {
  ...APPROVED,
  code: '10',
  verdict: 'partial',
  pins: [{ hash: 'bb', serial: '' }],
  itemsApproved: 1,
};

function rowOf(asked: Asked, id: number, changes: Partial<JournalRecord> = {}): JournalRecord {
  return {
    id,
    state: 'approved',
    service: asked.service,
    inPlaceOfCredit: false,
    product: asked.product ?? '',
    quantity: asked.quantity ?? 1,
    amount: asked.amount ?? 1000,
    currency: '840',
    terminal: asked.terminal,
    stan: asked.stan,
    rrn: asked.rrn,
    localDate: asked.date,
    localTime: asked.time,
    reason: 'approved',
    originalId: null,
    batchId: null,
    pins: [],
    supplier: '',
    reference: '',
    ...changes,
  };
}

/** Whose books: what was sent, and what was answered, in this order. */
type Said = readonly (readonly [asked: Asked, ...told: readonly Told[]])[];

const SAID: Said = [
  [SALE, SOLD, SOLD],
  [CREDIT, IN_PROGRESS, APPROVED],
  [BATCH, BATCHED],
  [REVERSAL, APPROVED],
];
const ROWS: readonly JournalRecord[] = [
  rowOf(SALE, 1, { pins: [{ serial: 'S1' }] }),
  rowOf(CREDIT, 2, { state: 'reversed', supplier: 'telco', reference: 'R2' }),
  rowOf(BATCH, 3, { reason: 'partial' }),
  rowOf(BATCH, 4, { service: 'pin-sale', batchId: 3, pins: [{ serial: 'S2' }], quantity: 1 }),
  rowOf(BATCH, 5, { service: 'pin-sale', batchId: 3, state: 'declined', reason: 'out-of-stock' }),
  rowOf(REVERSAL, 6, { originalId: 2 }),
];

async function booksOf(said: Said, cut: readonly Asked[] = []): Promise<FleetBooks> {
  const books = await FleetBooks.open(undefined, systemClock);
  await books.begin('by-hand', 1, '20261126100000');
  for (const [asked, ...told] of said) {
    const id = transactionId(asked);
    await books.sent(asked.bad === 'conflict' ? `${id}#conflict` : id, '0200', !cut.includes(asked), asked);
    for (const one of told) await books.answered(asked.bad === 'conflict' ? `${id}#conflict` : id, one);
  }
  await books.end('20261126110000');
  return books;
}

async function check(
  said: Said,
  rows: readonly JournalRecord[],
  cut: readonly Asked[] = [],
): Promise<FleetCheck> {
  async function* journal(): AsyncGenerator<JournalRecord> {
    yield* rows;
  }
  return checkFleet(await booksOf(said, cut), journal());
}

function told({ violations }: FleetCheck): readonly string[] {
  return violations.first.map(violationText);
}

/** The clean journal with one row changed, or taken out. */
function withRow(id: number, changes: Partial<JournalRecord> | undefined): readonly JournalRecord[] {
  return ROWS.flatMap((row) => (row.id !== id ? [row] : changes ? [{ ...row, ...changes }] : []));
}

function withSaid(asked: Asked, ...answers: readonly Told[]): Said {
  return SAID.map((one) => (one[0] === asked ? [asked, ...answers] : one));
}

t.test('what agrees is no violation, and what was not answered is told apart', async (t) => {
  t.same(told(await check(SAID, ROWS)), []);
  const quiet = Array.from({ length: 5 }, (_, n): Asked => ({ ...SALE, stan: `00010${n}` }));
  const states = ['approved', 'declined', 'reversed', 'pending'];
  const rows = states.map((state, n) => rowOf(quiet[n] ?? SALE, 20 + n, { state, reason: null }));
  const result = await check([...SAID, ...quiet.map((one) => [one] as const)], [...ROWS, ...rows]);
  t.same(told(result), []);
  t.same(result.unanswered, { approved: 1, declined: 1, reversed: 1, open: 1, absent: 1 });
  t.match(result, { transactions: 9, journalRows: 10, approved: 4, open: 1 });
});

t.test('sales of other terminals, and of these before and after the run, are not the fleet’s', async (t) => {
  const before = rowOf(SALE, 30, { localTime: '095959', stan: '000077' });
  const after = rowOf(SALE, 32, { localTime: '110001', stan: '000078' });
  const other = rowOf({ ...SALE, terminal: 'SHOP0002' }, 31);
  t.same(told(await check(SAID, [...ROWS, before, other, after])), []);
});

t.test(
  'each way in which the journal can be wrong is one violation, told by terminal, STAN and RRN',
  async (t) => {
    const cases: readonly (readonly [readonly JournalRecord[], string | RegExp])[] = [
      [withRow(1, undefined), 'STAN 000001, RRN 633010000001: answered 00, but the journal does not know it'],
      [
        withRow(1, { state: 'declined', reason: 'out-of-stock', pins: [] }),
        /answered 00, but the journal says declined, out-of-stock/,
      ],
      [withRow(1, { state: 'pending', reason: null, pins: [] }), /answered 00, but the journal says pending/],
      [withRow(1, { state: 'reversed' }), /never reversed, but the journal says reversed/],
      [withRow(1, { amount: 999 }), /amount: 1000 here, 999 in the journal \(id 1\)/],
      [withRow(1, { currency: '978' }), /currency: 840 here, 978 in the journal/],
      [withRow(1, { product: 'TALK20' }), /product: TALK10 here, TALK20 in the journal/],
      [withRow(1, { rrn: '633010999999' }), /the journal has it under RRN 633010999999/],
      [withRow(1, { service: 'account-credit' }), /service: pin-sale here, account-credit in the journal/],
      [
        withRow(1, { pins: [{ serial: 'S9' }] }),
        /was told the PIN of serial S1, which the journal has elsewhere/,
      ],
      [withRow(1, { pins: [{ serial: 'S1' }, { serial: 'S8' }] }), /PINs: 1 here, 2 in the journal/],
      [
        withRow(2, { state: 'approved' }),
        /its reversal was accepted, yet the journal has it approved \(id 2\)/,
      ],
      [withRow(4, { state: 'declined', reason: 'out-of-stock' }), /approved items: 1 here, 0 in the journal/],
      [withRow(6, { originalId: 1 }), /it undid id 1, not its original \(id 2\)/],
      [withRow(6, undefined), /STAN 000009.*answered 00, but the journal does not know it/],
      [
        [...ROWS, rowOf(SALE, 40, { stan: '000777', rrn: 'X' })],
        /STAN 000777, RRN X: the journal has an approved pin-sale \(id 40\) that was never sent/,
      ],
      [[...ROWS, rowOf(SALE, 41, { pins: [{ serial: 'S1' }] })], /the journal has it twice \(ids 1 and 41\)/],
    ];
    for (const [rows, what] of cases) {
      const found = told(await check(SAID, rows));
      t.equal(found.length, 1, `${found.join('; ')}`);
      t.match(found[0], typeof what === 'string' ? `terminal SHOP0001, ${what}` : what);
    }
  },
);

t.test('each way in which the answers can be wrong is a violation', async (t) => {
  const conflict: Asked = { ...SALE, bad: 'conflict' };
  const malformed: Asked = { ...SALE, stan: '000050', bad: 'malformed' };
  const other: Asked = { ...SALE, stan: '000051', rrn: '633010000051' };
  const cases: readonly (readonly [Said, readonly JournalRecord[], RegExp])[] = [
    [
      withSaid(SALE, SOLD, { ...SOLD, pins: [{ hash: 'cc', serial: 'S1' }] }),
      ROWS,
      /a repeat was answered otherwise: another PIN/,
    ],
    [withSaid(SALE, SOLD, DECLINED), ROWS, /a repeat was answered otherwise: DE39 00, then 84/],
    [withSaid(SALE, SOLD, { ...SOLD, approval: 'B2' }), ROWS, /DE38 A1, then B2/],
    [withSaid(SALE, DECLINED), ROWS, /answered 84, but the journal has it approved \(id 1\)/],
    [
      [...SAID, [other, SOLD]],
      [...ROWS, rowOf(other, 60, { pins: [{ serial: 'S1' }] })],
      /STAN 000051.*was told a PIN \(serial S1\) that was also told to terminal SHOP0001, STAN 000001, RRN 633010000001/,
    ],
    [
      [...SAID, [malformed]],
      [...ROWS, rowOf(malformed, 61)],
      /wrong on purpose \(malformed\), yet approved in the journal \(id 61\)/,
    ],
    [[...SAID, [conflict, DECLINED, APPROVED]], ROWS, /wrong on purpose \(conflict\), yet answered 00/],
  ];
  for (const [said, rows, what] of cases) {
    const found = told(await check(said, rows));
    t.ok(found.length >= 1);
    t.ok(
      found.some((one) => what.test(one)),
      found.join('; '),
    );
  }
  const cut: Asked = { ...SALE, stan: '000052' };
  const found = told(await check([...SAID, [cut]], [...ROWS, rowOf(cut, 62)], [cut]));
  t.match(found, [/no whole message left, yet it is in the journal \(id 62\)/]);
});

t.test(
  'a decline after a reversal is no other answer, and a conflict that was refused none at all',
  async (t) => {
    const reversed: Told = { ...DECLINED, code: '12' };
    const said: Said = [
      ...SAID,
      [
        { ...SALE, bad: 'conflict' },
        { ...DECLINED, code: '94' },
      ],
    ];
    t.same(told(await check(said, ROWS)), []);
    const books = await booksOf(SAID);
    await books.answered(transactionId(CREDIT), reversed);
    async function* journal(): AsyncGenerator<JournalRecord> {
      yield* ROWS;
    }
    t.same(told(await checkFleet(books, journal())), []);
  },
);

t.test('of many violations the first hundred are kept, and all are counted', async (t) => {
  const rows = Array.from({ length: 250 }, (_, n) => rowOf(SALE, 100 + n, { stan: String(100_000 + n) }));
  const { violations } = await check(SAID, [...ROWS, ...rows]);
  t.equal(violations.count, 250);
  t.equal(violations.first.length, 100);
});
