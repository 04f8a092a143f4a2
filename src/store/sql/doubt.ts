/**
 * A group whose connection was lost while it was committed: until the database can be asked again nobody knows whether it
 * stands. Its callers wait for that, and so does whoever calls under one of its keys; everybody else is told to come
 * later, and so has an answer in time.
 *
 * Stops meanwhile: what stands is found by the journal's keys.
 */
import { BooksWrong } from './booksWrong.js';
import { ENTRY_COLUMNS } from './crossing/columns.js';
import { type Flat, STATUS } from './crossing/flat.js';
import type { Engine } from './engine.js';
import { type GroupRun, HEAD, verbsOf } from './group.js';
import { InDoubt } from './inDoubt.js';

/** How long a commit may stay unknown, milliseconds: then nobody can say what stands. */
const UNKNOWN_MS = 60_000;

/** Where a verb that has an entry has its key. */
const KEY = HEAD + ENTRY_COLUMNS.indexOf('key');

type Run = (messages: readonly Flat[]) => GroupRun;

interface Open {
  readonly doubt: InDoubt<GroupRun>;
  /** Of the group's entries; what else stands in their place matches nothing. */
  readonly keys: ReadonlySet<unknown>;
  /** Verbs that came later, under one of these keys: a message each. */
  readonly behind: readonly Flat[];
  readonly since: number;
}

export class Doubt {
  readonly #engine: Pick<Engine, 'stands'>;
  readonly #run: Run;
  readonly #elapsedMs: () => number;
  #open: Open | undefined;

  constructor(engine: Pick<Engine, 'stands'>, run: Run, elapsedMs: () => number) {
    this.#engine = engine;
    this.#run = run;
    this.#elapsedMs = elapsedMs;
  }

  /** The results of a group, or `aside` and `busy` in place of some. */
  run(messages: readonly Flat[]): GroupRun {
    if (this.#open) return told(this.#meanwhile(messages, this.#open));
    try {
      return this.#run(messages);
    } catch (error) {
      if (!(error instanceof InDoubt)) throw error;
      const keys = new Set<unknown>();
      const results: Flat = [];
      for (const message of messages) {
        for (const { values, at } of verbsOf(message)) {
          keys.add(values[at + KEY]);
          results.push(STATUS.aside);
        }
      }
      this.#open = { doubt: error, keys, behind: [], since: this.#elapsedMs() };
      return told(results);
    }
  }

  /** The results of what was set aside, in its order, once they are known. Throws where they never will be. */
  settle(): Flat | undefined {
    const open = this.#open;
    if (!open) return undefined;
    const stands = this.#engine.stands?.();
    if (stands === undefined) {
      if (this.#elapsedMs() - open.since < UNKNOWN_MS) return undefined;
      throw new BooksWrong("a commit's end is unknown");
    }
    try {
      const first = open.doubt.settled(stands);
      this.#open = undefined;
      if (open.behind.length === 0) return first.results;
      return joined(first, this.#afterwards(first, open));
    } catch (error) {
      if (!(error instanceof InDoubt)) throw error;
      this.#open ??= { ...open, doubt: error };
      return undefined;
    }
  }

  /** What came later under a key of the group; where that is lost in its turn, `first` waits with it. */
  #afterwards(first: GroupRun, open: Open): GroupRun {
    try {
      return this.#run(open.behind);
    } catch (error) {
      if (!(error instanceof InDoubt)) throw error;
      const doubt = new InDoubt((stands) => told(joined(first, error.settled(stands) as GroupRun)));
      this.#open = { ...open, doubt, behind: [] };
      throw doubt;
    }
  }

  #meanwhile(messages: readonly Flat[], open: Open): Flat {
    const results: Flat = [];
    const behind = [...open.behind];
    for (const message of messages) {
      for (const { values, at } of verbsOf(message)) {
        const isSame = open.keys.has(values[at + KEY]);
        results.push(isSame ? STATUS.aside : STATUS.busy);
        if (isSame) behind.push([1, ...values.slice(at, at + HEAD + (values[at + 1] as number))]);
      }
    }
    this.#open = { ...open, behind };
    return results;
  }
}

function told(results: Flat): GroupRun {
  return { results, verbsMs: 0, commitMs: 0 };
}

function joined(first: GroupRun, then: GroupRun): Flat {
  return [...first.results, ...then.results];
}
