/** The embedded database that is copied: held against writing by anybody from its opening until it is closed. */
import type { Random } from '../../base/random.js';
import { StoreRefused } from '../errors.js';
import { STORE_LIMITS } from '../sql/limits.js';
import { type Connection, openWriter } from '../sqlite/database.js';
import { faultText } from '../sqlite/faults.js';
import { type Column, pageSql, quoted, type Row, type Table } from './table.js';

/** The setting that names these books, for a copy that goes on. */
const IDENTITY = 'store.copy';
const TYPES: Readonly<Record<string, Column['type']>> = { INTEGER: 'bigint', TEXT: 'text', BLOB: 'bytea' };

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

export class CopySource {
  readonly #db: Connection;
  /** Names these books; also when the file lies elsewhere. */
  readonly identity: string;
  readonly tables: readonly Table[];

  /** Throws StoreRefused where the file cannot be had. */
  constructor(file: string, random: Random) {
    try {
      this.#db = openWriter(file, STORE_LIMITS);
    } catch (error) {
      if (error instanceof StoreRefused) throw error;
      throw new StoreRefused(`${file}: ${faultText(error)}`);
    }
    this.#db
      .prepare('INSERT OR IGNORE INTO setting (name, value) VALUES (?, ?)')
      .run(IDENTITY, Buffer.from(random.bytes(16)).toString('hex'));
    try {
      this.#db.exec('BEGIN IMMEDIATE');
    } catch {
      this.#db.close();
      throw new StoreRefused(`${file}: another process writes to it`);
    }
    this.identity = this.#one('SELECT value FROM setting WHERE name = ?', IDENTITY) as string;
    this.tables = (
      this.#db
        .prepare(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
        )
        .pluck()
        .all() as string[]
    ).map((name) => this.#table(name));
  }

  count({ name }: Table): number {
    return this.#one(`SELECT count(*) FROM ${quoted(name)}`) as number;
  }

  page(table: Table, after: Row | undefined, limit: number): Row[] {
    const sql = pageSql(table, after === undefined, limit, () => '?');
    return this.#db
      .prepare(sql)
      .raw()
      .all(...(after ?? [])) as Row[];
  }

  /** Others may write again. */
  close(): void {
    this.#db.exec('ROLLBACK');
    this.#db.close();
  }

  #one(sql: string, ...values: unknown[]): unknown {
    return this.#db
      .prepare(sql)
      .pluck()
      .get(...values);
  }

  #table(name: string): Table {
    const infos = this.#db.pragma(`table_info(${name})`) as ColumnInfo[];
    const columns = infos.map((one): Column => {
      const type = TYPES[one.type];
      if (type === undefined) throw new StoreRefused(`table ${name}: column ${one.name} has an unknown type`);
      return { name: one.name, type };
    });
    const key = infos
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map((one) => one.name);
    const hasKey = key.length > 0;
    return { name, columns, hasKey, key: hasKey ? key : columns.map((one) => one.name) };
  }
}
