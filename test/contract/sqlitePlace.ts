/** The embedded store in a file, for the contract. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import tap from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { NewPlace } from './place.js';
import { ReusedStores } from './reused.js';

const stores = new ReusedStores((file) => openSqliteStore({ file, clock: systemClock }));
const folder = tap.testdir();
const free: string[] = [];
let made = 0;

/** As the migrations leave it. */
function empty(file: string): void {
  const db = new Database(file);
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .pluck()
    .all();
  db.exec('BEGIN IMMEDIATE');
  for (const name of tables) db.exec(`DELETE FROM ${name}`);
  // Numbers that are never used again.
  db.exec('DELETE FROM sqlite_sequence');
  db.exec('INSERT INTO tallied (journal_id, settling_id) VALUES (0, 0); COMMIT');
  db.close();
}

export const inAFile: NewPlace = async (t) => {
  const file = free.pop() ?? join(folder, `store-${++made}.db`);
  return stores.place(t, file, () => {
    empty(file);
    free.push(file);
  });
};
