/** Tables as both engines know them, and what their rows come to. */
import { createHash, type Hash } from 'node:crypto';

/** Whole numbers up to 2^53, text, bytes. */
export type Value = number | string | Uint8Array | null;
export type Row = readonly Value[];

export interface Column {
  readonly name: string;
  /** As PostgreSQL calls it. */
  readonly type: 'bigint' | 'text' | 'bytea';
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Its primary key; all columns where it has none. Rows are read in its order. */
  readonly key: readonly string[];
  /** Without one, it is small, and copied whole. */
  readonly hasKey: boolean;
}

export const quoted = (name: string): string => `"${name}"`;
export const listed = (names: readonly string[]): string => names.map(quoted).join(', ');

/** Of a row, the values of its key. */
export function keyOf({ columns, key }: Table, row: Row): Row {
  return key.map((name) => row[columns.findIndex((one) => one.name === name)] ?? null);
}

/** A page after a key's values, or the first one; `place` writes the n-th value, from 1. */
export function pageSql(table: Table, isFirst: boolean, limit: number, place: (n: number) => string): string {
  const { name, columns, key } = table;
  const places = key.map((_, at) => place(at + 1)).join(', ');
  const after = isFirst ? '' : `WHERE (${listed(key)}) > (${places})`;
  return `SELECT ${listed(columns.map((one) => one.name))} FROM ${quoted(name)} ${after}
    ORDER BY ${listed(key)} LIMIT ${limit}`;
}

/** SHA-256 over the values, each with its kind and length, so that no two different pages read alike. */
export function digestOf(rows: readonly Row[]): string {
  const hash = createHash('sha256');
  for (const row of rows) for (const value of row) add(hash, value);
  return hash.digest('hex');
}

function add(hash: Hash, value: Value): void {
  if (value === null) hash.update('n;');
  else if (typeof value === 'number') hash.update(`i${value};`);
  else if (typeof value === 'string') hash.update(`t${Buffer.byteLength(value)}:`).update(value);
  else hash.update(`b${value.length}:`).update(value);
}
