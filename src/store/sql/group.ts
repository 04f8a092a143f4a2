/**
 * Group commit: every verb of a group in one transaction, answered after its commit. A verb that fails for its own
 * reason costs its neighbours nothing: the group is rolled back and run again verb by verb, each under a
 * savepoint. A full disk or a lock held too long fails the whole group, with nothing changed. Anything else
 * is thrown: the store is broken.
 */

import type { Books } from './books.js';
import { Cursor, type Flat, STATUS } from './crossing/flat.js';
import type { Engine } from './engine.js';
import { CommitLost, InDoubt } from './inDoubt.js';
import type { Handler } from './journal/journal.js';

/** Slots before a verb's arguments: operation and length. */
export const HEAD = 2;

/** Zeros where nothing was committed. */
export interface GroupRun {
  readonly results: Flat;
  readonly verbsMs: number;
  readonly commitMs: number;
}

/** Results by the place of their verb in the group. */
export type Done = ReadonlyMap<number, Flat>;
const NONE: Done = new Map();

export class Group {
  readonly #books: Books;
  readonly #handlers: readonly Handler[];
  readonly #engine: Engine;
  readonly #savepoint;
  readonly #release;
  readonly #undo;
  readonly #elapsedMs: () => number;
  #done: Done = NONE;
  #verbsMs = 0;
  #commitMs = 0;

  constructor(engine: Engine, books: Books, handlers: readonly Handler[], elapsedMs: () => number) {
    this.#engine = engine;
    this.#books = books;
    this.#handlers = handlers;
    this.#elapsedMs = elapsedMs;
    const { db } = engine;
    this.#savepoint = db.prepare('SAVEPOINT verb');
    this.#release = db.prepare('RELEASE verb');
    this.#undo = db.prepare('ROLLBACK TO verb');
  }

  /**
   * Results of all verbs of these messages, in order, and what they took. `done`: those that were committed before, by
   * their place. Throws InDoubt.
   */
  run(messages: readonly Flat[], done: Done = NONE): GroupRun {
    this.#verbsMs = 0;
    this.#commitMs = 0;
    this.#done = done;
    return this.#timed(this.#results(messages));
  }

  #timed(results: Flat): GroupRun {
    return { results, verbsMs: this.#verbsMs, commitMs: this.#commitMs };
  }

  #results(messages: readonly Flat[]): Flat {
    try {
      return this.#transaction(messages, (input, out) => this.#verb(input, out));
    } catch (error) {
      if (error instanceof InDoubt) throw error;
      const fault = this.#engine.faultOf(error);
      if (fault === 'broken') throw error;
      if (fault !== 'invalid') return this.#all(messages, STATUS[fault]);
    }
    try {
      return this.#transaction(messages, (input, out) => this.#guarded(input, out));
    } catch (error) {
      if (error instanceof InDoubt) throw error;
      const fault = this.#engine.faultOf(error);
      if (fault === 'full' || fault === 'busy') return this.#all(messages, STATUS[fault]);
      throw error;
    }
  }

  #transaction(messages: readonly Flat[], verb: (input: Cursor, out: Flat) => void): Flat {
    const out: Flat = [];
    try {
      const begun = this.#elapsedMs();
      this.#engine.begin();
      this.#books.catchUp();
      this.#each(messages, out, (input) => verb(input, out));
      this.#books.write();
      const done = this.#elapsedMs();
      this.#engine.commit();
      this.#verbsMs = done - begun;
      this.#commitMs = this.#elapsedMs() - done;
      return out;
    } catch (error) {
      this.#engine.rollback();
      this.#books.rolledBack();
      if (!(error instanceof CommitLost)) throw error;
      const done = this.#done;
      // Where it was undone it runs again: whoever asked twice is not told two things.
      throw new InDoubt((stands) => (stands ? this.#timed(out) : this.run(messages, done)));
    }
  }

  #verb(input: Cursor, out: Flat): void {
    const handler = this.#handlers[input.values[input.at] as number];
    if (!handler) throw new Error('no such operation');
    input.at += HEAD;
    out.push(STATUS.done);
    handler(input, out);
  }

  #guarded(input: Cursor, out: Flat): void {
    const start = out.length;
    this.#savepoint.run();
    try {
      this.#verb(input, out);
      this.#books.write();
    } catch (error) {
      if (this.#engine.faultOf(error) !== 'invalid') throw error;
      this.#undo.run();
      this.#books.rolledBack();
      out.length = start;
      out.push(STATUS.invalid, this.#engine.faultText(error));
    }
    this.#release.run();
  }

  #all(messages: readonly Flat[], status: number): Flat {
    const out: Flat = [];
    this.#each(messages, out, () => out.push(status));
    return out;
  }

  #each(messages: readonly Flat[], out: Flat, verb: (input: Cursor) => void): void {
    let place = 0;
    for (const message of messages) {
      for (const input of verbsOf(message)) {
        const done = this.#done.get(place++);
        if (done) out.push(...done);
        else verb(input);
      }
    }
  }
}

/** One cursor, set to each verb in turn: [weight, operation, length, argument … , operation, length, …]. */
export function* verbsOf(message: Flat): Generator<Cursor> {
  const cursor = new Cursor(message, 1);
  while (cursor.at < message.length) {
    const end = cursor.at + HEAD + (message[cursor.at + 1] as number);
    yield cursor;
    cursor.at = end;
  }
}
