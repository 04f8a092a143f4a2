/** The audit of a hub's books: each fault that is planted in the file is found. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { AT, allocation, enrolled } from '../../contract/hubPeer.js';
import { chunkOf, intakeRows } from '../../contract/sample.js';

/** PINs 1 to 4 are away by transfer 1, 5 and 6 in transit by transfer 2, 1 is sold; 7 to 10 are in stock. */
const WRONGS: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a holder that is none': ['UPDATE pin SET holder = 9 WHERE id = 2', /held by no known switch: 1, first 2/],
  'a PIN away at the hub': ['UPDATE pin SET holder = 0 WHERE id = 2', /not that of its holder: 1, first 2/],
  'a switch’s PIN for sale here': [
    'UPDATE pin SET holder = 1 WHERE id = 7',
    /not that of its holder: 1, first 7/,
  ],
  'a PIN sold here without a sale': [
    'UPDATE pin SET holder = 0 WHERE id = 1',
    /without exactly its one approved sale: 1, first 1/,
  ],
  'in transit by a transfer that was applied': [
    'UPDATE pin SET transfer = 1 WHERE id = 5',
    /in transit by no transfer that is under way: 1, first 5\n.*/,
  ],
  'in transit by none': [
    'UPDATE pin SET transfer = 3 WHERE id = 5',
    /in transit by no transfer that is under way: 1, first 5/,
  ],
  'away by a transfer that was not applied': [
    "UPDATE pin SET custody = 'away' WHERE id = 5",
    /away by a transfer that has not been applied: 1, first 5/,
  ],
  'a transfer that gave more': [
    'UPDATE network_transfer SET count = 3 WHERE number = 2',
    /other PINs than it gave: 1, first 2/,
  ],
  'a transfer that gave less': [
    'UPDATE network_transfer SET count = 3 WHERE number = 1',
    /other PINs than it gave: 1, first 1/,
  ],
  'more applied than made': [
    'UPDATE network_switch SET applied = 9',
    /applied, or carried out, more than it was sent: 1, first 1/,
  ],
  'more carried out than asked': [
    'UPDATE network_switch SET recalled = 9',
    /applied, or carried out, more than it was sent: 1, first 1/,
  ],
  'a count that is wrong': [
    "UPDATE holding SET count = count + 1 WHERE custody = 'sold'",
    /holding that differs from its PINs: 2/,
  ],
  'a sum that is wrong': [
    "UPDATE holding SET sum = sum + 1 WHERE custody = 'sold'",
    /holding that differs from its PINs: 2/,
  ],
  'other PINs than before': [
    "UPDATE pin SET mark = 'other' WHERE id = 2",
    /holding that differs from its PINs: 2/,
  ],
  'a holding of nothing': [
    "INSERT INTO holding VALUES (1, 'TALK99', 'away', 1, 1)",
    /holding that differs from its PINs: 1/,
  ],
  'a lease that is wrong': ['UPDATE lease SET leased = 41', /lease that differs from the ledger: 1/],
  'a lease that is gone': ['DELETE FROM lease', /lease that differs from the ledger: 1/],
  'a PIN that is gone': ['DELETE FROM pin WHERE id = 5', /taken in 10, accounted for 9/],
};

t.test('the audit of a hub tells what is wrong, and nothing where all is right', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  t.teardown(() => store.shutdown());
  const peer = await enrolled(store, 'one');
  await store.takeIn(chunkOf(intakeRows(0, 10)));
  await store.allocate(allocation(peer, 4));
  const [first] = await store.transfersAfter(peer.id, 0, 9);
  const marks = first?.pins.map(({ mark }) => mark) ?? [];
  await peer.say({ transfer: 1, changes: peer.changes('sold', marks[0] ?? '') });
  await store.allocate(allocation(peer, 2));
  const lease = {
    switchId: peer.id,
    merchant: 'M1',
    currency: '840',
    amount: 40,
    floor: -90,
    ask: '',
    at: AT,
  };
  await store.leaseOut(lease);
  t.strictSame((await store.audit()).faults, []);
  const raw = new Database(file);
  t.teardown(() => raw.close());
  const tables = ['pin', 'network_switch', 'network_transfer', 'holding', 'lease'];
  for (const table of tables) raw.exec(`CREATE TEMP TABLE kept_${table} AS SELECT * FROM ${table}`);
  for (const [name, [sql, fault]] of Object.entries(WRONGS)) {
    raw.exec(sql);
    t.match((await store.audit()).faults.join('\n'), fault, name);
    for (const table of tables)
      raw.exec(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM temp.kept_${table}`);
  }
  t.strictSame((await store.audit()).faults, []);
});
