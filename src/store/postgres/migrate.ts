/**
 * The schema at this program's version: the shared migrations, one after another, under a lock that other processes wait
 * for. Read back: what would lose answered sales at a power cut, or answer from a standby, is refused.
 */
import { StoreRefused } from '../errors.js';
import { MIGRATIONS } from '../sql/migrations/index.js';
import type { Bridge } from './bridge.js';
import { FUNCTIONS } from './functions.js';
import { translatedSchema } from './translate.js';

/** Where it is: the database is a copy of an embedded one, whole or not (copy/target.ts). */
export const COPY_TABLE = 'prepaid_switch_copy';

/** 'PPSW': the lock that is held while tables are made. */
const MIGRATION_LOCK = 0x50505357;

const OWN_TABLES = `${FUNCTIONS}
CREATE TABLE prepaid_switch_schema (version INTEGER NOT NULL);
INSERT INTO prepaid_switch_schema (version) VALUES (0);
-- Moved by every commit that has the books alone, and by every one that has them with others.
CREATE SEQUENCE books_version;
CREATE SEQUENCE sales_version;
SELECT nextval('books_version'), nextval('sales_version');
-- The number of the group that each process has committed last: decides where a connection was lost during a commit.
CREATE TABLE process (id TEXT PRIMARY KEY, number BIGINT NOT NULL, started TIMESTAMPTZ NOT NULL DEFAULT now());
-- Changes of level that were not added to it yet: a counter's row would be a queue of those who sell.
CREATE TABLE level_change (product TEXT COLLATE "C" NOT NULL, custody TEXT COLLATE "C" NOT NULL, count BIGINT NOT NULL);
`;

/** Who reads finds `level` here first, with the changes in it. */
export const READING_SCHEMA = 'prepaid_switch_reading';
const READING = `CREATE SCHEMA ${READING_SCHEMA};
CREATE VIEW ${READING_SCHEMA}.level AS SELECT product, custody, sum(count)::bigint AS count
  FROM (SELECT product, custody, count FROM level UNION ALL SELECT product, custody, count FROM level_change) AS changed
  GROUP BY product, custody;
`;

export function migrate(bridge: Bridge): void {
  const one = (text: string): unknown => bridge.ask({ kind: 'query', text }).rows[0]?.[0];
  one(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  try {
    if (one("SELECT to_regclass('prepaid_switch_schema')") === null) {
      if (
        one(
          "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'",
        )
      ) {
        throw new StoreRefused("database: the schema is another program's");
      }
      one(OWN_TABLES);
    }
    if (
      one(`SELECT to_regclass('${COPY_TABLE}')`) !== null &&
      one(`SELECT 1 FROM ${COPY_TABLE} WHERE NOT is_whole`) !== undefined
    ) {
      throw new StoreRefused(
        'database: books are being copied into it; call `store copy` again until it has ended',
      );
    }
    const version = one('SELECT version FROM prepaid_switch_schema') as number;
    if (version > MIGRATIONS.length) {
      throw new StoreRefused(
        `database: schema version ${version} is newer than this program's ${MIGRATIONS.length}`,
      );
    }
    for (const migration of MIGRATIONS.slice(version)) one(translatedSchema(migration));
    if (version === 0) one(READING);
    if (version < MIGRATIONS.length) one(`UPDATE prepaid_switch_schema SET version = ${MIGRATIONS.length}`);
    one('COMMIT');
  } catch (error) {
    try {
      one('ROLLBACK');
    } catch {
      // The first error says why.
    }
    throw error;
  }
}

/** Throws StoreRefused. */
export function checkDurable(bridge: Bridge): void {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const value = bridge.ask({ kind: 'query', text: `SHOW ${setting}` }).rows[0]?.[0];
    if (value === 'off') throw new StoreRefused(`database: ${setting} is off: answered sales would be lost`);
  }
}
