/**
 * The thread that writes: what waits when it is free goes into one commit, as much as groupSize.ts allows. An error that
 * says nobody knows what stands is told once, and the thread ends.
 */
import { Books } from './books.js';
import type { Flat } from './crossing/flat.js';
import { Doubt } from './doubt.js';
import type { Engine } from './engine.js';
import { type Done, Group, type GroupRun } from './group.js';
import { GroupSize } from './groupSize.js';
import { InDoubt } from './inDoubt.js';
import type { StoreLimits } from './limits.js';
import { WRITES } from './operations.js';
import { closed, type Incoming, notify, type Port } from './thread.js';
import type { Author } from './trail/trail.js';
import { writeHandlers } from './writes.js';

/** What an engine's thread does besides. */
export interface WritingHooks extends Author {
  /** What has come since, if anything: it goes into the same commit. */
  received(): Incoming | undefined;
  /** Milliseconds since some moment: what verbs and commits take. */
  elapsedMs(): number;
  /** Does what it can of a group by ways of its own, each verb committed, before the rest goes in order. Throws InDoubt. */
  ahead?(messages: readonly Flat[], books: Books): Ahead;
  /** Verbs of this weight were committed. */
  committed?(weight: number): void;
  checkpoint?(): void;
  close(): void;
}

export interface Ahead {
  readonly done: Done;
  /** Nothing is left. */
  readonly isAll: boolean;
  readonly verbsMs: number;
  readonly commitMs: number;
}

export function writing(
  port: Port,
  engine: Engine,
  limits: StoreLimits,
  hooks: WritingHooks,
): (message: Incoming) => void {
  const books = new Books(engine, limits, hooks);
  const handlers = writeHandlers(books);
  const group = new Group(
    engine,
    books,
    WRITES.map((name) => handlers[name]),
    hooks.elapsedMs,
  );
  const size = new GroupSize(limits.batchMax);
  const doubt = new Doubt(
    engine,
    (messages) => runOf(group, messages, () => hooks.ahead?.(messages, books)),
    hooks.elapsedMs,
  );
  return (first) => {
    let held: Incoming | undefined = first;
    while (held !== undefined) {
      if (held === 'close') {
        hooks.close();
        closed(port);
        return;
      }
      if (held === 'checkpoint' || held === 'settle') {
        if (held === 'checkpoint') hooks.checkpoint?.();
        else settle(doubt, port);
        held = hooks.received();
        continue;
      }
      const messages: Flat[] = [held];
      let weight = held[0] as number;
      held = undefined;
      while (weight < size.max) {
        const next = hooks.received();
        if (next === undefined) break;
        const more = typeof next === 'string' ? size.max : (next[0] as number);
        if (weight + more > size.max) {
          held = next;
          break;
        }
        messages.push(next as Flat);
        weight += more;
      }
      const { results, verbsMs, commitMs } = doubt.run(messages);
      port.postMessage(results);
      size.learn(weight, verbsMs, commitMs);
      hooks.committed?.(weight);
      held ??= hooks.received();
    }
  };
}

/** A group, by an engine's own ways as far as they go. */
function runOf(group: Group, messages: readonly Flat[], goAhead: () => Ahead | undefined): GroupRun {
  const rest = (ahead: Ahead | undefined): GroupRun => {
    if (!ahead) return group.run(messages);
    const { done, isAll, verbsMs, commitMs } = ahead;
    if (isAll) return { results: inOrder(done), verbsMs, commitMs };
    const run = group.run(messages, done);
    return { ...run, verbsMs: run.verbsMs + verbsMs, commitMs: run.commitMs + commitMs };
  };
  let ahead: Ahead | undefined;
  try {
    ahead = goAhead();
  } catch (error) {
    if (!(error instanceof InDoubt)) throw error;
    throw new InDoubt((stands) => rest(error.settled(stands) as Ahead));
  }
  return rest(ahead);
}

function settle(doubt: Doubt, port: Port): void {
  const results = doubt.settle();
  if (!results) return;
  notify(port, 'settled');
  port.postMessage(results);
}

/** Of every verb of a group. */
function inOrder(done: Done): Flat {
  return Array.from({ length: done.size }, (_, place) => done.get(place) ?? []).flat();
}
