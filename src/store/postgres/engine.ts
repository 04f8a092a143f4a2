/**
 * PostgreSQL as the verbs' engine. A group takes the books first: an advisory lock until its end, so that groups of all
 * processes come one after another, as they do in a file. A row of its own in `process` goes into every commit: where the
 * connection is lost while one is under way, that row, read once the old session is over, says whether it stands.
 *
 * Stops before COMMIT: the server undoes the group. Stops in it: what stands is found by this row, or, in another process,
 * by the journal's keys. Stops after it: the same.
 */
import type { Random } from '../../base/random.js';
import { StoreRefused } from '../errors.js';
import type { Connection, Engine } from '../sql/engine.js';
import type { PostgresConnection } from './connection.js';
import { faultOf, faultText, isLost } from './faults.js';
import { Statements } from './statements.js';

/** 'BOOK': held by the group that writes. */
const BOOKS_LOCK = 0x424f4f4b;

const TAKE = `BEGIN; SELECT pg_advisory_xact_lock(${BOOKS_LOCK}); SELECT version FROM books`;

/** How long a commit whose connection was lost may stay unknown, milliseconds: then nobody can say what stands. */
const DOUBT_MS = 60_000;
const DOUBT_RETRY_MS = 100;

export class PostgresEngine implements Engine {
  readonly db: Connection;
  readonly #connection: PostgresConnection;
  readonly #id: string;
  /** Of the books, before this group. */
  #before = 0;
  /** Of the books after our own last commit. */
  #own = -1;
  #foreign = 0;
  #isOpen = false;

  constructor(connection: PostgresConnection, random: Random) {
    this.#connection = connection;
    this.#id = Buffer.from(random.bytes(16)).toString('hex');
    this.db = new Statements(connection.bridge);
    this.#ask(`INSERT INTO process (id, version) VALUES ('${this.#id}', -1)`);
  }

  begin(): void {
    this.#connection.ensure();
    this.#before = this.#ask(TAKE) as number;
    this.#isOpen = true;
    if (this.#before !== this.#own) this.#foreign += 1;
    this.#own = this.#before;
  }

  version(): number {
    return this.#foreign;
  }

  commit(): void {
    const after = this.#before + 1;
    this.#isOpen = false;
    try {
      this.#ask(`UPDATE books SET version = ${after};
        UPDATE process SET version = ${after} WHERE id = '${this.#id}'; COMMIT`);
    } catch (error) {
      if (!isLost(error)) {
        this.#isOpen = true;
        throw error;
      }
      if (!this.#stands(after)) throw error;
    }
    this.#own = after;
  }

  rollback(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (!this.#connection.isUp) return;
    try {
      this.#ask('ROLLBACK');
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }

  readonly faultOf = faultOf;
  readonly faultText = faultText;

  /** Throws where that cannot be found out. */
  #stands(after: number): boolean {
    for (let left = DOUBT_MS; ; left -= DOUBT_RETRY_MS) {
      try {
        this.#connection.ensure();
        // Behind the books' lock the old session is over.
        this.#ask(TAKE);
        const version = this.#ask(`SELECT version FROM process WHERE id = '${this.#id}'`);
        this.#ask('ROLLBACK');
        return version === after;
      } catch (error) {
        if (!isLost(error) || left <= 0) {
          throw new StoreRefused(`database: a commit's end is unknown (${faultText(error)})`);
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DOUBT_RETRY_MS);
      }
    }
  }

  /** The first value of the last statement. */
  #ask(text: string): unknown {
    try {
      return this.#connection.bridge.ask({ kind: 'query', text }).rows[0]?.[0];
    } catch (error) {
      if (isLost(error)) this.#connection.lost();
      throw error;
    }
  }
}
