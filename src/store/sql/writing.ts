/**
 * The thread that writes: what waits when it is free goes into one commit, as much as groupSize.ts allows. An error that
 * says nobody knows what stands is told once, and the thread ends.
 */
import { Books } from './books.js';
import type { Flat } from './crossing/flat.js';
import type { Engine } from './engine.js';
import { type Done, Group } from './group.js';
import { GroupSize } from './groupSize.js';
import type { StoreLimits } from './limits.js';
import { WRITES } from './operations.js';
import { closed, type Incoming, type Port } from './thread.js';
import { writeHandlers } from './writes.js';

/** What an engine's thread does besides. */
export interface WritingHooks {
  /** What has come since, if anything: it goes into the same commit. */
  received(): Incoming | undefined;
  /** Milliseconds since some moment: what verbs and commits take. */
  elapsedMs(): number;
  /** Does what it can of a group by ways of its own, each verb committed, before the rest goes in order. */
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
  const books = new Books(engine, limits);
  const handlers = writeHandlers(books);
  const group = new Group(
    engine,
    books,
    WRITES.map((name) => handlers[name]),
    hooks.elapsedMs,
  );
  const size = new GroupSize(limits.batchMax);
  return (first) => {
    let held: Incoming | undefined = first;
    while (held !== undefined) {
      if (held === 'close') {
        hooks.close();
        closed(port);
        return;
      }
      if (held === 'checkpoint') {
        hooks.checkpoint?.();
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
      const ahead = hooks.ahead?.(messages, books);
      const { results, verbsMs, commitMs } = ahead?.isAll
        ? { results: inOrder(ahead.done), verbsMs: 0, commitMs: 0 }
        : group.run(messages, ahead?.done);
      port.postMessage(results);
      size.learn(weight, verbsMs + (ahead?.verbsMs ?? 0), commitMs + (ahead?.commitMs ?? 0));
      hooks.committed?.(weight);
      held ??= hooks.received();
    }
  };
}

/** Of every verb of a group. */
function inOrder(done: Done): Flat {
  return Array.from({ length: done.size }, (_, place) => done.get(place) ?? []).flat();
}
