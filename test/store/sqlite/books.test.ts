/** What is kept in memory beside the books is as the first transaction of a process finds them. */
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { Books } from '../../../src/store/sqlite/books.js';
import { type Connection, openWriter } from '../../../src/store/sqlite/database.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { STORE_LIMITS } from '../../../src/store/sqlite/limits.js';
import { joined } from '../../contract/store/member.js';

t.test('a command that begins in the midst of sales tells its changes behind theirs', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  t.teardown(() => store.shutdown());
  await joined(store, 3);
  const selling = openWriter(file, STORE_LIMITS);
  const db = openWriter(file, STORE_LIMITS);
  t.teardown(() => [selling, db].map((each) => each.close()));
  // Another process sells as this one has just looked where the log of changes ends.
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    if (/data_version/.test(sql)) {
      selling.exec("UPDATE pin SET custody = 'sold' WHERE id = 1");
      selling.exec("INSERT INTO network_change (id, pin, custody) VALUES (1, 1, 'sold')");
    }
    return prepare(sql);
  }) as Connection['prepare'];
  const books = new Books(db, STORE_LIMITS);
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
