/**
 * What the verbs ask of an engine: synchronous statements on one connection, in a thread of its own. The SQL is the same
 * on every engine: `?` or `@name` for values, ids by RETURNING, columns of conflicts named by their table, text compared
 * byte by byte, whole numbers up to 2^53, truth as 1 and 0, bytes as Buffers.
 */
export interface Statement<Values extends readonly unknown[], Row> {
  /** Changes are the rows that it inserted, updated or deleted. */
  run(...values: Values): { readonly changes: number };
  get(...values: Values): Row | undefined;
  all(...values: Values): Row[];
  iterate(...values: Values): IterableIterator<Row>;
  /** From then on rows are their first column. */
  pluck(): this;
  /** From then on rows are arrays. */
  raw(): this;
}

export interface Connection {
  prepare<Values extends readonly unknown[] = unknown[], Row = unknown>(sql: string): Statement<Values, Row>;
}

/**
 * `full`, `busy`: nothing was changed, and it may go later. `invalid`: the verb's own fault. `broken`: nobody can say what
 * stands.
 */
export type Fault = 'full' | 'busy' | 'invalid' | 'broken';

/** The writing connection: a group of verbs at a time. */
export interface Engine {
  readonly db: Connection;
  /** Waits for the groups of other processes. */
  begin(): void;
  /** Throws CommitLost where its connection ended on the way. */
  commit(): void;
  /** After that: whether it stands; undefined where that cannot be found out yet. */
  stands?(): boolean | undefined;
  /** Harmless where nothing is under way. */
  rollback(): void;
  /** Inside a transaction: another number than before where anybody else has committed. */
  version(): number;
  faultOf(error: unknown): Fault;
  /** Safe to show: never an engine's own message, which may quote values. */
  faultText(error: unknown): string;
}
