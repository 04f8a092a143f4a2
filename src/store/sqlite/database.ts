/**
 * Opens the file safely: WAL, synchronous=FULL read back, schema at this program's version. better-sqlite3 is
 * compiled with DEFAULT_WAL_SYNCHRONOUS=1, so a WAL file opens at NORMAL and would lose answered sales at a
 * power cut unless FULL is set on every open.
 */
import Database from 'better-sqlite3';
import { StoreRefused } from '../errors.js';
import { MIGRATIONS } from '../sql/migrations/index.js';
import { addMarks, markNumber } from '../sql/network/markSum.js';

export type Connection = Database.Database;

/** 'PPSW': marks the file as this program's. */
const APPLICATION_ID = 0x50505357;
/** Bytes. Measured: 8 KiB sells faster than 4 KiB and takes in faster than both. */
const PAGE_SIZE = 8192;
const FULL = 2;

export interface DatabaseLimits {
  /** How long a verb waits for another process's commit, milliseconds. */
  readonly busyMs: number;
  /** Page cache of each connection, KiB. */
  readonly cacheKib: number;
  /** Pages that the file may have; 0 for no limit but the disk's. */
  readonly pagesMax: number;
}

export function openWriter(file: string, limits: DatabaseLimits): Connection {
  const db = open(file, limits);
  db.pragma(`page_size = ${PAGE_SIZE}`);
  setDurable(db);
  // Checkpoints run between groups (checkpoints.ts); this is the net below it.
  db.pragma('wal_autocheckpoint = 8192');
  if (limits.pagesMax > 0) db.pragma(`max_page_count = ${limits.pagesMax}`);
  migrate(db);
  return db;
}

export function openReader(file: string, limits: DatabaseLimits): Connection {
  const db = open(file, limits);
  setDurable(db);
  db.pragma('query_only = ON');
  defineMarkSum(db);
  return db;
}

/** For checkpoints alone. */
export function openMover(file: string, limits: DatabaseLimits): Connection {
  const db = open(file, limits);
  setDurable(db);
  return db;
}

function open(file: string, limits: DatabaseLimits): Connection {
  const db = new Database(file, { timeout: limits.busyMs });
  db.pragma(`cache_size = -${limits.cacheKib}`);
  db.pragma('temp_store = MEMORY');
  return db;
}

function setDurable(db: Connection): void {
  if (db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw new StoreRefused('database: write-ahead logging cannot be turned on');
  }
  db.pragma('synchronous = FULL');
  if (db.pragma('synchronous', { simple: true }) !== FULL) {
    throw new StoreRefused('database: synchronous=FULL was set and is not in force');
  }
}

function migrate(db: Connection): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = db.pragma('user_version', { simple: true }) as number;
    const owner = db.pragma('application_id', { simple: true }) as number;
    if (version > MIGRATIONS.length) {
      throw new StoreRefused(
        `database: schema version ${version} is newer than this program's ${MIGRATIONS.length}`,
      );
    }
    const empty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
    if (owner !== APPLICATION_ID && !empty) {
      throw new StoreRefused("database: the file is another program's");
    }
    // Nothing is written where nothing is due: a switch must start on a full disk, to answer repeats.
    if (version < MIGRATIONS.length) {
      for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
      db.pragma(`user_version = ${MIGRATIONS.length}`);
      db.pragma(`application_id = ${APPLICATION_ID}`);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** From then on this connection has the aggregate mark_sum(mark). */
export function defineMarkSum(db: Connection): void {
  db.aggregate('mark_sum', {
    start: 0,
    step: (sum: number, mark: unknown) => addMarks(sum, markNumber(mark as string)),
    deterministic: true,
  });
}
