/**
 * A database in memory under the real verbs, for many histories: each begins with what was there at first, and a process
 * that dies leaves what it had committed. Statements are made once.
 */
import Database from 'better-sqlite3';
import type { Clock } from '../../src/base/clock.js';
import type { StoreBroken } from '../../src/store/errors.js';
import { audit } from '../../src/store/sql/audit.js';
import { Channel, type FarSide } from '../../src/store/sql/crossing/channel.js';
import { SqlStore } from '../../src/store/sql/crossing/client.js';
import { Cursor, type Flat } from '../../src/store/sql/crossing/flat.js';
import type { Connection, Engine } from '../../src/store/sql/engine.js';
import { STORE_LIMITS } from '../../src/store/sql/limits.js';
import { MIGRATIONS } from '../../src/store/sql/migrations/index.js';
import { reading } from '../../src/store/sql/reading.js';
import type { Incoming, Port } from '../../src/store/sql/thread.js';
import { writing } from '../../src/store/sql/writing.js';
import { defineMarkSum, type Connection as SqliteConnection } from '../../src/store/sqlite/database.js';
import { faultOf, faultText } from '../../src/store/sqlite/faults.js';
import type { Audit } from '../../src/store/store.js';

/** Thrown inside a commit: the process has died. No error of the program's, and thrown so often that a stack would cost. */
export class Died {}

/** What happens around a commit; may throw Died. */
export interface CommitHooks {
  before(): void;
  after(): void;
}

type Told = Parameters<FarSide['listen']>[0];

const LIMITS = { ...STORE_LIMITS, queueMax: 1_000 };

export class SimulatedDatabase {
  readonly raw: SqliteConnection = new Database(':memory:');
  readonly #statements = new Map<string, ReturnType<Connection['prepare']>>();
  readonly #write: (message: Incoming) => void;
  readonly #read: (message: Incoming) => void;
  /** Of the message that is being served. */
  #tell: Told = () => {};
  #version = 0;
  #isOpen = false;
  hooks: CommitHooks = { before() {}, after() {} };
  /** Makes the store worse than it is: done in place of a commit, `commit` being the real one. */
  instead: ((commit: () => void) => void) | undefined;

  constructor() {
    for (const migration of MIGRATIONS) this.raw.exec(migration);
    defineMarkSum(this.raw);
    const db = this.raw as unknown as Connection;
    const port: Port = { postMessage: (message) => this.#tell(message), close() {} };
    let elapsed = 0;
    this.#write = writing(port, this.#engine(db), LIMITS, {
      actor: 'simulation',
      now: () => 0,
      received: () => undefined,
      elapsedMs: () => elapsed++,
      close() {},
    });
    this.#read = reading(port, { db, faultOf, faultText, begin() {}, end() {}, close() {} });
  }

  /** All that was done since is undone: the next history begins. */
  beginHistory(): void {
    if (this.raw.inTransaction) this.raw.exec('ROLLBACK');
    this.#isOpen = false;
    this.raw.exec('BEGIN');
    this.died();
  }

  /** A group is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** A group of a mutant's own. */
  inGroup(task: () => void): void {
    this.raw.exec('SAVEPOINT history');
    this.#isOpen = true;
    task();
  }

  /** What was not committed is gone, and so is what was in memory. */
  died(): void {
    if (this.#isOpen) this.raw.exec('ROLLBACK TO history; RELEASE history');
    this.#isOpen = false;
    this.touched();
  }

  /** Somebody else has written: what is remembered of it is nothing worth. */
  touched(): void {
    this.#version += 1;
  }

  /** The store of a process that lives as long as `isAlive` says. `onDeath`: it died in a commit. */
  store(clock: Clock, isAlive: () => boolean, onDeath: () => void): SqlStore {
    const side = (serve: (message: Incoming) => void): FarSide => {
      let tell: Told = () => {};
      return {
        post: (message) =>
          clock.soon(() => {
            this.#tell = (said) => {
              if (isAlive()) tell(said);
            };
            if (message === 'open') this.#tell({ kind: 'ready', text: '' });
            else this.#serve(serve, message, onDeath);
          }),
        listen: (message) => {
          tell = message;
        },
        terminate: async () => {},
      };
    };
    const deps = {
      clock,
      limits: LIMITS,
      onBroken: (error: StoreBroken) => void error,
      onCheckpoint: () => {},
    };
    return new SqlStore(
      new Channel(side(this.#write), deps),
      new Channel(side(this.#read), deps),
      clock,
      LIMITS,
    );
  }

  #serve(serve: (message: Incoming) => void, message: Incoming, onDeath: () => void): void {
    try {
      serve(message);
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      this.died();
      onDeath();
    }
  }

  audit(): Audit {
    const out: Flat = [];
    audit({ prepare: (sql: string) => this.statement(sql) } as Connection)(new Cursor([], 0), out);
    return out[0] as Audit;
  }

  /** Made once for each text. */
  statement(sql: string): ReturnType<Connection['prepare']> {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = (this.raw as unknown as Connection).prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  /** Groups are savepoints of the history's one transaction. */
  #engine(db: Connection): Engine {
    const [begin, release, back] = ['SAVEPOINT history', 'RELEASE history', 'ROLLBACK TO history'].map(
      (sql) => this.raw.prepare(sql),
    );
    return {
      db,
      begin: () => {
        begin?.run();
        this.#isOpen = true;
      },
      commit: () => {
        const commit = (): void => {
          this.hooks.before();
          release?.run();
          this.#isOpen = false;
          this.hooks.after();
        };
        if (this.instead) this.instead(commit);
        else commit();
      },
      rollback: () => {
        if (!this.#isOpen) return;
        back?.run();
        release?.run();
        this.#isOpen = false;
      },
      version: () => this.#version,
      faultOf: (error) => (error instanceof Died ? 'broken' : faultOf(error)),
      faultText,
    };
  }
}
