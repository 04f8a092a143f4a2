/** A connection that is made again when it was lost. Every session has the settings on which the verbs rely. */
import { StoreRefused } from '../errors.js';
import type { StoreLimits } from '../sql/limits.js';
import { Bridge } from './bridge.js';
import { faultText, isLost, PostgresError } from './faults.js';
import { LOST } from './question.js';

/** Nothing of a statement's own time: a commit that waits for a standby must not be given up half-way. */
const SESSION = (lockMs: number): string => `
  SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
  SET lock_timeout = ${lockMs}; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`;

export const CONNECTION_LIMITS = {
  /** How long the making of a connection may take, milliseconds. */
  connectMs: 5_000,
  /** Between two attempts after a lost connection, milliseconds. */
  retryMs: 200,
} as const;

export class PostgresConnection {
  readonly bridge = new Bridge();
  readonly #url: string;
  readonly #limits: StoreLimits;
  readonly #session: string;
  #isUp = false;
  #triedAt = Number.NEGATIVE_INFINITY;

  /** `session`: what is set besides, for every session. */
  constructor(url: string, limits: StoreLimits, session: string) {
    this.#session = session;
    this.#url = url;
    this.#limits = limits;
  }

  /** Throws StoreRefused, with one line that names neither user nor password. */
  open(): void {
    try {
      this.#connect();
    } catch (error) {
      if (error instanceof StoreRefused) throw error;
      throw new StoreRefused(`database: ${faultText(error)}`, { cause: error });
    }
  }

  /** Up, or made anew, at most every `retryMs`; throws PostgresError where it is down. */
  ensure(): void {
    if (this.#isUp) return;
    const now = performance.now();
    if (now - this.#triedAt < CONNECTION_LIMITS.retryMs) throw new PostgresError(LOST);
    this.#triedAt = now;
    this.#connect();
  }

  /** Asks what begins a transaction; once more where the connection turns out to have ended since the last one. */
  begin(text: string): ReturnType<Bridge['ask']> {
    const wasUp = this.#isUp;
    this.ensure();
    try {
      return this.bridge.ask({ kind: 'query', text });
    } catch (error) {
      if (!isLost(error)) throw error;
      this.#isUp = false;
      if (!wasUp) throw error;
      this.ensure();
      return this.bridge.ask({ kind: 'query', text });
    }
  }

  /** An error that says so was met. */
  lost(): void {
    this.#isUp = false;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  close(): void {
    this.bridge.close();
  }

  #connect(): void {
    const { bridge } = this;
    bridge.ask({ kind: 'connect', url: this.#url, connectMs: CONNECTION_LIMITS.connectMs });
    bridge.ask({ kind: 'query', text: `${SESSION(this.#limits.busyMs)}; ${this.#session}` });
    this.#isUp = true;
  }
}
