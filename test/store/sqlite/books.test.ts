/** What is kept in memory beside the books is as the first transaction of a process finds them. */
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { Books } from '../../../src/store/sql/books.js';
import { STORE_LIMITS } from '../../../src/store/sql/limits.js';
import { openWriter } from '../../../src/store/sqlite/database.js';
import { sqliteEngine } from '../../../src/store/sqlite/engine.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { joined } from '../../contract/store/member.js';

t.test('a command that begins in the midst of sales tells its changes behind theirs', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  t.teardown(() => store.shutdown());
  await joined(store, 3);
  const selling = openWriter(file, STORE_LIMITS);
  const db = openWriter(file, STORE_LIMITS);
  t.teardown(() => [selling, db].map((each) => each.close()));
  const books = new Books(sqliteEngine(db), STORE_LIMITS, { actor: 'test', now: () => 0 });
  // Another process sells when this one has just looked where the log of changes ends.
  selling.exec("UPDATE pin SET custody = 'sold' WHERE id = 1");
  selling.exec("INSERT INTO network_change (id, pin, custody) VALUES (1, 1, 'sold')");
  db.exec('BEGIN IMMEDIATE');
  books.catchUp();
  books.pins.move(2, 'stock', 'quarantined', null);
  books.write();
  db.exec('COMMIT');
  t.match(await store.changes(0, 9), [
    { id: 1, custody: 'sold' },
    { id: 2, custody: 'quarantined' },
  ]);
});
