/** The shared SQL and schema, as PostgreSQL takes them. */
import pg from 'pg';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openPostgresStore } from '../../../src/store/postgres/index.js';
import { translated } from '../../../src/store/postgres/translate.js';
import { Books } from '../../../src/store/sql/books.js';
import type { Connection, Engine, Statement } from '../../../src/store/sql/engine.js';
import { commissionSql, salesSql } from '../../../src/store/sql/journal/reporting.js';
import { STORE_LIMITS } from '../../../src/store/sql/limits.js';
import { markNumber } from '../../../src/store/sql/network/markSum.js';
import { readHandlers } from '../../../src/store/sql/reads.js';
import { writeHandlers } from '../../../src/store/sql/writes.js';
import { databaseFor } from '../../support/postgres.js';

/** Every statement that the verbs prepare when they are made. */
function statements(): string[] {
  const seen = new Set<string>();
  const nothing: Statement<never[], never> = {
    run: () => ({ changes: 0 }),
    get: () => undefined,
    all: () => [],
    iterate: () => [][Symbol.iterator](),
    pluck: () => nothing,
    raw: () => nothing,
  };
  const db = {
    prepare(sql: string) {
      seen.add(sql);
      return nothing;
    },
  } as unknown as Connection;
  writeHandlers(
    new Books({ db, version: () => 0 } as unknown as Engine, STORE_LIMITS, { actor: '', now: () => 0 }),
  );
  readHandlers(db, { others: () => 0, leads: () => true });
  return [...seen, salesSql(['day', 'merchant', 'supplier']), commissionSql(['day', 'terminal'])];
}

t.test(
  'every statement of the verbs is one that PostgreSQL takes, and no time is a small number',
  async (t) => {
    const url = await databaseFor(t);
    await (await openPostgresStore({ url, clock: systemClock })).shutdown();
    const client = new pg.Client(url);
    await client.connect();
    t.teardown(() => client.end());
    const all = statements();
    t.ok(all.length > 200, `${all.length} statements`);
    for (const [at, sql] of all.entries()) {
      await client.query(`PREPARE s${at} AS ${translated(sql).text}`).catch((error: Error) => {
        t.fail(`${error.message}: ${sql}`);
      });
    }
    const { rows } = await client.query<{ statement: string }>(
      `SELECT statement FROM pg_prepared_statements WHERE parameter_types::text ~ 'integer|smallint'`,
    );
    // Minutes from UTC.
    t.same(
      rows.filter(({ statement }) => !statement.includes('strftime')),
      [],
    );
    for (const mark of ['', '0', 'f'.repeat(64), '0123456789abcdef'.repeat(4)]) {
      const { rows } = await client.query<{ number: string }>('SELECT mark_number($1) AS number', [mark]);
      t.equal(Number(rows[0]?.number), markNumber(mark), 'marks count as they do in the program');
    }
  },
);

t.test(
  'values are numbered by place or by name, words in camel case keep it, text stays as it is',
  async (t) => {
    t.same(translated("SELECT a AS endedAt, '?@x aB' FROM t WHERE b = ? AND c = ?"), {
      text: `SELECT a AS "endedAt", '?@x aB' FROM t WHERE b = $1 AND c = $2`,
      names: undefined,
    });
    t.same(translated('SELECT @to, @from, @to'), { text: 'SELECT $1, $2, $1', names: ['to', 'from'] });
    t.same(translated('INSERT OR IGNORE INTO t (a) VALUES (?)'), {
      text: 'INSERT INTO t (a) VALUES ($1) ON CONFLICT DO NOTHING',
      names: undefined,
    });
  },
);
