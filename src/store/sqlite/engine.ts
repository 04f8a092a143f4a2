/** SQLite as the verbs' engine: one writer at a time, whichever process it is in. */
import type { Connection, Engine } from '../sql/engine.js';
import type { Connection as SqliteConnection } from './database.js';
import { faultOf, faultText } from './faults.js';

/** Its statements are those that the verbs ask for; only its types know other ways to call them. */
export function connectionOf(db: SqliteConnection): Connection {
  return db as unknown as Connection;
}

export function sqliteEngine(db: SqliteConnection): Engine {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const version = db.prepare<[], number>('PRAGMA data_version').pluck();
  return {
    db: connectionOf(db),
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    rollback() {
      if (db.inTransaction) rollback.run();
    },
    version: () => version.get() ?? 0,
    faultOf,
    faultText,
  };
}
