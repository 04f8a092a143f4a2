/** A ledger and a journal made by hand: a clean pair, and each way in which one of them can be wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { JournalRecord } from '../../../src/tools/books/journal.js';
import { violationText } from '../../../src/tools/books/violations.js';
import { checkSupplier, type SupplierCheck } from '../../../src/tools/supplier/check.js';
import { scratch } from '../../support/process.js';

const folder = scratch(t);

function order(reference: string, changes: object = {}): object {
  const entry = {
    reference,
    service: 'account-credit',
    product: 'TOPUP',
    account: '5550001234',
    amount: 500,
    currency: '840',
    state: 'credited',
    pins: [],
    ...changes,
  };
  return { event: 'order', at: '2026-11-26T10:00:00.000Z', entry };
}

function reversed(reference: string): object {
  return { event: 'reversed', at: '2026-11-26T10:00:01.000Z', reference };
}

function row(id: number, reference: string, changes: Partial<JournalRecord> = {}): JournalRecord {
  return {
    id,
    state: 'approved',
    service: 'account-credit',
    inPlaceOfCredit: false,
    product: 'TOPUP',
    quantity: 1,
    amount: 500,
    currency: '840',
    terminal: 'SHOP0001',
    stan: String(id).padStart(6, '0'),
    rrn: `R${id}`,
    localDate: '20261126',
    localTime: '101500',
    reason: 'approved',
    originalId: null,
    batchId: null,
    pins: [],
    supplier: 'telco',
    reference,
    ...changes,
  };
}

const PIN = { service: 'pin-sale', product: 'LIVE5', pins: [{ code: '1234567890123456', serial: 'L1' }] };
const LEDGER: readonly object[] = [
  order('A'),
  order('B'),
  { event: 'asked', at: '', reference: 'A', what: 'asked' },
  reversed('B'),
  order('C', { state: 'refused' }),
  order('D', { state: 'tombstone', product: '', amount: 0, currency: '' }),
  order('E', PIN),
  order('F'),
];
const ROWS: readonly JournalRecord[] = [
  row(5, 'OLD'),
  row(10, 'A'),
  row(11, 'B', { state: 'reversed' }),
  row(12, 'C', { state: 'declined', reason: 'supplier-refused' }),
  row(13, 'D', { state: 'reversed', reason: 'late' }),
  row(14, 'E', { service: 'pin-sale', product: 'LIVE5', pins: [{ serial: 'L1' }] }),
  row(15, 'F', { state: 'pending', reason: null }),
  row(16, 'Z', { supplier: 'telco-b' }),
];

async function check(
  ledger: readonly object[],
  rows: readonly JournalRecord[],
  name?: string,
): Promise<SupplierCheck> {
  const file = join(folder, 'ledger.jsonl');
  writeFileSync(file, ledger.map((line) => `${JSON.stringify(line)}\n`).join(''));
  async function* journal(): AsyncGenerator<JournalRecord> {
    yield* rows;
  }
  return checkSupplier(file, journal(), name);
}

function withRow(id: number, changes: Partial<JournalRecord> | undefined): readonly JournalRecord[] {
  return ROWS.flatMap((one) => (one.id !== id ? [one] : changes ? [{ ...one, ...changes }] : []));
}

t.test(
  'what agrees is no violation; orders of before the ledger’s first and of other suppliers are none either',
  async (t) => {
    const { violations, ...counts } = await check(LEDGER, ROWS);
    t.same(violations.first, []);
    t.same(counts, { references: 6, standing: 3, reversed: 1, journalRows: 6, open: 1, keptBack: 0 });
  },
);

t.test('a PIN that the switch keeps back is told apart', async (t) => {
  const { violations, keptBack } = await check(LEDGER, withRow(14, { state: 'reversed' }));
  t.same([violations.count, keptBack], [0, 1]);
});

t.test(
  'each way in which ledger and journal can part is one violation, without the account and without the PIN',
  async (t) => {
    const cases: readonly (readonly [
      readonly object[],
      readonly JournalRecord[],
      string | undefined,
      string,
    ])[] = [
      [
        LEDGER,
        withRow(10, undefined),
        undefined,
        'reference A: value was given that the journal does not know',
      ],
      [
        LEDGER,
        withRow(10, { state: 'declined' }),
        undefined,
        'terminal SHOP0001, STAN 000010, RRN R10: reference A: value was given, but the journal says declined (id 10)',
      ],
      [
        LEDGER,
        withRow(10, { state: 'reversed' }),
        undefined,
        'terminal SHOP0001, STAN 000010, RRN R10: reference A: value was given, but the journal says reversed (id 10)',
      ],
      [
        LEDGER,
        withRow(10, { amount: 400 }),
        undefined,
        'terminal SHOP0001, STAN 000010, RRN R10: reference A: amount 500 here, 400 in the journal (id 10)',
      ],
      [
        LEDGER,
        withRow(11, { state: 'approved' }),
        undefined,
        'terminal SHOP0001, STAN 000011, RRN R11: reference B: it was taken back, yet approved in the journal (id 11)',
      ],
      [
        LEDGER,
        withRow(12, { state: 'approved' }),
        undefined,
        'terminal SHOP0001, STAN 000012, RRN R12: reference C: nothing was given, yet approved in the journal (id 12)',
      ],
      [
        LEDGER,
        withRow(14, { pins: [{ serial: 'L2' }] }),
        undefined,
        'terminal SHOP0001, STAN 000014, RRN R14: reference E: the journal has other PINs (id 14)',
      ],
      [
        LEDGER,
        [...ROWS, row(17, 'NEW')],
        undefined,
        'terminal SHOP0001, STAN 000017, RRN R17: reference NEW: approved in the journal (id 17), but nothing was given',
      ],
      [
        LEDGER,
        ROWS,
        'telco',
        'terminal SHOP0001, STAN 000005, RRN R5: reference OLD: approved in the journal (id 5), but nothing was given',
      ],
      [[...LEDGER, order('A')], ROWS, undefined, 'reference A: value was given 2 times'],
      [[...LEDGER, reversed('B')], ROWS, undefined, 'reference B: it was taken back 2 times'],
    ];
    for (const [ledger, rows, name, what] of cases) {
      const { violations } = await check(ledger, rows, name);
      t.same(violations.first.map(violationText), [what]);
    }
  },
);

t.test('a file that is no ledger is told by its line', async (t) => {
  await t.rejects(check([order('A'), { event: 'tea' }], ROWS), {
    message: /ledger\.jsonl: line 2 is no line of a supplier's ledger$/,
  });
});
