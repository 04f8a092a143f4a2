/** The audit finds what is made wrong by hand. Each book starts right: three sold, one reversed, one in doubt. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  closing,
  creditEntry,
  entryOf,
  intakeRows,
  opening,
  reversalEntry,
  reversing,
} from '../../contract/sample.js';
import { joined } from '../../contract/store/member.js';

const WRONGS: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a sold PIN put back on sale': [
    "UPDATE pin SET custody = 'stock' WHERE id = 1",
    /in stock, expired or returned that a transaction holds: 1, first 1/,
  ],
  'a sold PIN without its sale': [
    'DELETE FROM journal WHERE id = 1',
    /without exactly its one approved sale: 1, first 1/,
  ],
  'a sold PIN of a reversed sale': [
    "UPDATE journal SET state = 'reversed' WHERE id = 1",
    /without exactly its one approved sale: 1/,
  ],
  'a PIN that two sales claim': ["UPDATE journal SET pins = '1,2' WHERE id = 2", /claim 4 PINs, sold are 3/],
  'a sale without its PINs': [
    'UPDATE journal SET pins = NULL WHERE id = 1',
    /approved PIN sale without its PINs: 1/,
  ],
  'a PIN that is gone': ['DELETE FROM pin WHERE id = 9', /taken in 10, accounted for 9/],
  'a PIN that was never taken in': [
    "INSERT INTO pin SELECT 99, custody, sold_in, product, supplier, batch, sealed, 'new', serial, expiry, transfer, holder FROM pin WHERE id = 9",
    /taken in 10, accounted for 11/,
  ],
  'a level that is wrong': [
    "UPDATE level SET count = count + 1 WHERE custody = 'stock'",
    /level that differs/,
  ],
  'a custody that is none': [
    "UPDATE pin SET custody = 'lost' WHERE id = 9",
    /PIN in no known custody: 1, first 9/,
  ],
  'an undo that was forgotten': ['DELETE FROM forwarding', /reversing transaction without its forwarding: 1/],
  'a balance that is wrong': [
    'UPDATE ledger_account SET balance = balance + 1 WHERE id = 1',
    /does not sum to zero: 1, first 840\n.*balance is not the sum of its postings: 1, first 1/,
  ],
  'a posting that is gone': [
    'DELETE FROM posting WHERE account = 1',
    /not the sum of its postings: 1, first 1/,
  ],
  'a reversed sale that is still paid': [
    "UPDATE journal SET state = 'reversed' WHERE effects IS NOT NULL",
    /postings are not what it says: 1, first 7/,
  ],
  'a sale that a limit does not count': ['UPDATE usage SET count = 0', /counts other than its sales: 1/],
  'an undo of nothing': [
    "INSERT INTO forwarding VALUES (1, 'reversal', 0, 0)",
    /forwarding beside a transaction that needs none: 1, first 1/,
  ],
};

const CHARGE = {
  postings: [
    { account: 'merchant:M1', currency: '840', amount: -10, floor: null },
    { account: 'supplier:', currency: '840', amount: 10, floor: null },
  ],
  usage: [{ subject: 'M1', window: 'day', period: '20260301', countMax: null, amountMax: null, amount: 10 }],
};

t.test('the audit tells what is wrong, and nothing where all is right', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  t.teardown(() => store.shutdown());
  await store.takeIn(chunkOf(intakeRows(0, 10)));
  const entries = [1, 2, 3, 4].map((n) => entryOf({ stan: `00000${n}` }));
  for (const entry of entries) await store.sell({ entry, outcome: APPROVED, today: '20260301' });
  await store.reverse(reversing(reversalEntry(9), citationOf(entryOf({ stan: '000004' }))));
  const opened = await store.open(opening(creditEntry(5)));
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  const forward = { kind: 'reversal', nextAt: 1 } as const;
  await store.close(closing(opened.id, { state: 'reversing', forward }));
  await store.open(opening(creditEntry(6), { reference: 'REF6', effects: CHARGE }));
  t.strictSame((await store.audit()).faults, []);
  const raw = new Database(file);
  t.teardown(() => raw.close());
  const tables = ['pin', 'journal', 'level', 'forwarding', 'ledger_account', 'posting', 'usage'];
  for (const table of tables) raw.exec(`CREATE TEMP TABLE kept_${table} AS SELECT * FROM ${table}`);
  for (const [name, [sql, fault]] of Object.entries(WRONGS)) {
    raw.exec(sql);
    t.match((await store.audit()).faults.join('\n'), fault, name);
    for (const table of tables)
      raw.exec(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM temp.kept_${table}`);
  }
  t.strictSame((await store.audit()).faults, []);
});

const MEMBER_WRONGS: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a PIN that came and is gone': ['DELETE FROM pin WHERE id = 9', /taken in 10, accounted for 9/],
  'a move that was not logged': [
    "UPDATE pin SET custody = 'void' WHERE id = 1",
    /PIN that is not where its last change says: 1, first 1/,
  ],
  'a change of no PIN': [
    "INSERT INTO network_change (id, pin, custody) VALUES (9, 77, 'sold')",
    /PIN that is not where its last change says: 1, first 77/,
  ],
  'a PIN of a former enrolment on sale': [
    'UPDATE pin SET transfer = 1 WHERE id = 9',
    /came in an enrolment that has ended: 1, first 9/,
  ],
  'a PIN of a transfer to come': [
    'UPDATE pin SET transfer = transfer + 1 WHERE id = 9',
    /by a transfer that has not been applied: 1, first 9/,
  ],
  'a returned PIN that a sale holds': [
    "UPDATE pin SET custody = 'returned' WHERE id = 1",
    /in stock, expired or returned that a transaction holds: 1, first 1/,
  ],
};

t.test('the audit tells what is wrong at a member of a network', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  t.teardown(() => store.shutdown());
  await joined(store, 10);
  await store.sell({ entry: entryOf({ stan: '000001' }), outcome: APPROVED, today: '20260301' });
  t.strictSame((await store.audit()).faults, []);
  const raw = new Database(file);
  t.teardown(() => raw.close());
  const tables = ['pin', 'network_change'];
  for (const table of tables) raw.exec(`CREATE TEMP TABLE kept_${table} AS SELECT * FROM ${table}`);
  for (const [name, [sql, fault]] of Object.entries(MEMBER_WRONGS)) {
    raw.exec(sql);
    t.match((await store.audit()).faults.join('\n'), fault, name);
    for (const table of tables)
      raw.exec(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM temp.kept_${table}`);
  }
  t.strictSame((await store.audit()).faults, []);
});
