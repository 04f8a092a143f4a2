/**
 * PostgreSQL as the verbs' engine. A group takes the books first, by an advisory lock until its end: alone, so that
 * groups of all processes come one after another, as they do in a file; or together with others that only sell from stock
 * (sales.ts). A row of its own in `process` goes into every commit: where the connection is lost while one is under way,
 * that row, read once the old session is over, says whether it stands.
 *
 * Stops before COMMIT: the server undoes the group. Stops in it: what stands is found by this row, or, in another process,
 * by the journal's keys. Stops after it: the same.
 */
import type { Random } from '../../base/random.js';
import { BooksWrong } from '../sql/booksWrong.js';
import type { Connection, Engine } from '../sql/engine.js';
import { CommitLost } from '../sql/inDoubt.js';
import type { PostgresConnection } from './connection.js';
import { faultOf, faultText, isLost } from './faults.js';
import { Statements } from './statements.js';

/** 'BOOK': held by the group that writes. */
const BOOKS_LOCK = 0x424f4f4b;

/** The last statement is read; each sees what was committed before it, so also before the lock was had. */
const ALONE = `BEGIN; SELECT pg_advisory_xact_lock(${BOOKS_LOCK});
  SELECT books_version.last_value, sales_version.last_value FROM books_version, sales_version`;
const TOGETHER = `BEGIN; SELECT pg_advisory_xact_lock_shared(${BOOKS_LOCK});
  SELECT books_version.last_value, sales_version.last_value FROM books_version, sales_version`;
const ADD_CHANGES = `WITH gone AS (DELETE FROM level_change RETURNING product, custody, count)
  INSERT INTO level (product, custody, count) SELECT product, custody, sum(count) FROM gone GROUP BY product, custody
  ON CONFLICT (product, custody) DO UPDATE SET count = level.count + excluded.count`;

/** Of the two sequences; -1: not known. */
interface Versions {
  readonly books: number;
  readonly sales: number;
}
const UNKNOWN: Versions = { books: -1, sales: -1 };

export class PostgresEngine implements Engine {
  readonly db: Connection;
  readonly #connection: PostgresConnection;
  readonly #id: string;
  /** Those that what is in memory agrees with. */
  #seen = UNKNOWN;
  #foreign = 0;
  /** Of this process's groups. */
  #number = 0;
  #open: 'alone' | 'together' | undefined;

  constructor(connection: PostgresConnection, random: Random) {
    this.#connection = connection;
    this.#id = Buffer.from(random.bytes(16)).toString('hex');
    this.db = new Statements(connection.bridge);
    this.#ask(`INSERT INTO process (id, number) VALUES ('${this.#id}', 0)`);
  }

  begin(): void {
    const { books, sales } = this.#take(ALONE);
    this.#open = 'alone';
    if (books !== this.#seen.books || sales !== this.#seen.sales) this.#foreign += 1;
    if (sales !== this.#seen.sales) this.#ask(ADD_CHANGES);
    this.#seen = { books, sales };
  }

  /** Beside others that begin so; nothing that was kept in memory of stock, levels and money may be used. */
  beginTogether(): void {
    const { books } = this.#take(TOGETHER);
    this.#open = 'together';
    if (books !== this.#seen.books) this.#foreign += 1;
    this.#seen = { books, sales: -1 };
  }

  version(): number {
    return this.#foreign;
  }

  commit(): void {
    const alone = this.#open === 'alone';
    const number = this.#number + 1;
    const moved = alone ? 'books_version' : 'sales_version';
    try {
      const version = this.#ask(`UPDATE process SET number = ${number} WHERE id = '${this.#id}';
        SELECT nextval('${moved}'); COMMIT`) as number;
      if (alone) this.#seen = { ...this.#seen, books: version };
    } catch (error) {
      if (!isLost(error)) throw error;
      this.#open = undefined;
      throw new CommitLost();
    }
    this.#open = undefined;
    this.#number = number;
  }

  stands(): boolean | undefined {
    try {
      // Behind the books' lock the old session is over.
      this.#take(ALONE);
      this.#open = 'alone';
      const found = this.#ask(`SELECT number FROM process WHERE id = '${this.#id}'`);
      this.rollback();
      const stands = found === this.#number + 1;
      if (stands) this.#number += 1;
      return stands;
    } catch (error) {
      if (faultOf(error) === 'busy') return undefined;
      throw new BooksWrong(`a commit's end is unknown (${faultText(error)})`);
    }
  }

  rollback(): void {
    if (this.#open === undefined) return;
    this.#open = undefined;
    // Changes of level that were added are changes again.
    this.#seen = { ...this.#seen, sales: -1 };
    if (!this.#connection.isUp) return;
    try {
      this.#ask('ROLLBACK');
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }

  /** Its row is of no more use; that of one that was killed stays. */
  end(): void {
    if (this.#connection.isUp) this.#ask(`DELETE FROM process WHERE id = '${this.#id}'`);
  }

  readonly faultOf = faultOf;
  readonly faultText = faultText;

  #take(sql: string): Versions {
    try {
      const [books, sales] = this.#connection.begin(sql).rows[0] as [number, number];
      return { books, sales };
    } catch (error) {
      this.#met(error);
      // What waited too long for the lock has begun all the same.
      this.#open = 'alone';
      this.rollback();
      throw error;
    }
  }

  /** The first value of the last statement that has one. */
  #ask(text: string): unknown {
    try {
      return this.#connection.bridge.ask({ kind: 'query', text }).rows[0]?.[0];
    } catch (error) {
      this.#met(error);
      throw error;
    }
  }

  #met(error: unknown): void {
    if (!isLost(error)) return;
    this.#connection.lost();
    this.#seen = UNKNOWN;
  }
}
