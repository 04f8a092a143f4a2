/**
 * The PostgreSQL database that is copied into. A row of its own names the books that it is a copy of, and says whether it
 * is whole: until then no store opens there (postgres/migrate.ts). Each page is one transaction, in the order of its
 * table's key: what stands of a table is where the copy goes on.
 */
import pg from 'pg';
import { StoreRefused } from '../errors.js';
import { hostsOf } from '../postgres/hosts.js';
import { COPY_TABLE } from '../postgres/migrate.js';
import { listed, pageSql, quoted, type Row, type Table, type Value } from './table.js';

const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.INT4]);
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as unknown as pg.CustomTypesConfig;

/** Empty where no books were begun. */
const BOOKS = ['journal', 'pin', 'card', 'key_batch', 'setting', 'adjustment'];

export class CopyTarget {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Of several hosts the first that takes writes. Throws what the driver does. */
  static async open(url: string): Promise<CopyTarget> {
    let refused: unknown;
    for (const connectionString of hostsOf(url)) {
      const client = new pg.Client({
        connectionString,
        types,
        application_name: 'prepaid-switch store copy',
      });
      // A lost connection fails the statement under way.
      client.on('error', () => {});
      try {
        await client.connect();
        const { rows } = await client.query('SHOW transaction_read_only');
        if (rows[0]?.transaction_read_only === 'off') return new CopyTarget(client);
        await client.end();
        refused = Object.assign(new Error('read-only'), { code: '25006' });
      } catch (error) {
        refused = error;
      }
    }
    throw refused;
  }

  /** What it is a copy of, and whether it is whole; undefined where none was begun. */
  async mark(): Promise<{ readonly source: string; readonly isWhole: boolean } | undefined> {
    const [there] = await this.#rows(`SELECT to_regclass('${COPY_TABLE}') IS NOT NULL`);
    if (!there?.[0]) return undefined;
    const [row] = await this.#rows(`SELECT source, is_whole FROM ${COPY_TABLE}`);
    return row && { source: row[0] as string, isWhole: row[1] as unknown as boolean };
  }

  /** Throws StoreRefused where books were begun there. */
  async refuseBooks(): Promise<void> {
    for (const name of BOOKS) {
      if ((await this.#rows(`SELECT 1 FROM ${quoted(name)} LIMIT 1`)).length > 0) {
        throw new StoreRefused('the database to copy to holds other books: name an empty one');
      }
    }
  }

  /** From now on it is a copy of these books, with nothing in it. */
  async begin(source: string, tables: readonly Table[]): Promise<void> {
    await this.#transaction(async () => {
      // Nobody who was quicker has begun others.
      await this.#client.query(`LOCK TABLE ${BOOKS.map(quoted).join(', ')} IN ACCESS EXCLUSIVE MODE`);
      await this.refuseBooks();
      await this.#client.query(
        `CREATE TABLE ${COPY_TABLE} (source TEXT NOT NULL, is_whole BOOLEAN NOT NULL)`,
      );
      await this.#client.query(`INSERT INTO ${COPY_TABLE} VALUES ($1, false)`, [source]);
      for (const { name } of tables) await this.#client.query(`DELETE FROM ${quoted(name)}`);
    });
  }

  /** What stands of a table: rows, and the last key. */
  async standing({ name, key }: Table): Promise<{ readonly count: number; readonly last: Row | undefined }> {
    const backwards = key.map((one) => `${quoted(one)} DESC`).join(', ');
    const [last] = await this.#rows(
      `SELECT ${listed(key)} FROM ${quoted(name)} ORDER BY ${backwards} LIMIT 1`,
    );
    const [count] = await this.#rows(`SELECT count(*) FROM ${quoted(name)}`);
    return { count: count?.[0] as number, last };
  }

  append({ name, columns, hasKey }: Table, rows: readonly Row[]): Promise<void> {
    const arrays = columns.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ');
    const insert = `INSERT INTO ${quoted(name)} (${listed(columns.map((one) => one.name))}) SELECT * FROM unnest(${arrays})`;
    return this.#transaction(async () => {
      if (!hasKey) await this.#client.query(`DELETE FROM ${quoted(name)}`);
      await this.#client.query(
        insert,
        columns.map((_, at) => rows.map((row) => row[at] ?? null)),
      );
    });
  }

  page(table: Table, after: Row | undefined, limit: number): Promise<Row[]> {
    return this.#rows(
      pageSql(table, after === undefined, limit, (n) => `$${n}`),
      after,
    );
  }

  /** Numbers go on behind the last one that was copied; statistics are made; a store may open. */
  async end(tables: readonly Table[]): Promise<void> {
    for (const { name, columns } of tables) {
      if (!columns.some((one) => one.name === 'id' && one.type === 'bigint')) continue;
      const [found] = await this.#rows(`SELECT pg_get_serial_sequence('${name}', 'id')`);
      if (found?.[0] == null) continue;
      await this.#client.query(
        `SELECT setval('${found[0]}', greatest(max(id), 1), max(id) IS NOT NULL) FROM ${quoted(name)}`,
      );
    }
    await this.#client.query('ANALYZE');
    await this.#client.query(`UPDATE ${COPY_TABLE} SET is_whole = true`);
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  async #rows(text: string, values?: readonly Value[]): Promise<Row[]> {
    const { rows } = await this.#client.query({ text, values: [...(values ?? [])], rowMode: 'array' });
    return rows as Row[];
  }

  async #transaction(task: () => Promise<void>): Promise<void> {
    await this.#client.query('BEGIN');
    try {
      await task();
      await this.#client.query('COMMIT');
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  }
}
