/**
 * The thread that owns a connection: the writer runs groups (what waits when it is free goes into one commit, as much as
 * groupSize.ts allows), the reader answers verb by verb. An error that says nobody knows what stands is told once, and
 * the thread ends.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { StoreRefused } from '../errors.js';
import { Books } from './books.js';
import { type Cursor, type Flat, type Notice, STATUS } from './crossing/flat.js';
import type { Connection, Engine } from './engine.js';
import { type Done, Group, verbsOf } from './group.js';
import { GroupSize } from './groupSize.js';
import type { StoreLimits } from './limits.js';
import { READS, WRITES } from './operations.js';
import { readHandlers } from './reads.js';
import { writeHandlers } from './writes.js';

/** `checkpoint`: to the reader, move the bulk; to the writer, it was moved. */
export type Incoming = Flat | 'close' | 'checkpoint';

type Faults = Pick<Engine, 'faultOf' | 'faultText'>;

/** What an engine does besides. */
export interface WritingHooks {
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

export interface ReadingHooks extends Faults {
  readonly db: Connection;
  /** A snapshot of its own for each verb. */
  begin(): void;
  end(): void;
  checkpoint?(): void;
  close(): void;
}

export function notify(port: MessagePort, kind: Notice['kind'], text = ''): void {
  port.postMessage({ kind, text } satisfies Notice);
}

/** The first message says that the database may be opened: the reader loads meanwhile, the writer makes the tables. */
export function whenTold(
  port: MessagePort,
  { faultText }: Pick<Faults, 'faultText'>,
  open: () => (message: Incoming) => void,
): void {
  port.once('message', () => {
    try {
      const serve = open();
      port.on('message', (message: Incoming) => {
        try {
          serve(message);
        } catch (error) {
          notify(port, 'broken', faultText(error));
          port.close();
        }
      });
      notify(port, 'ready');
    } catch (error) {
      notify(
        port,
        'refused',
        error instanceof StoreRefused ? error.message : `database: ${faultText(error)}`,
      );
      port.close();
    }
  });
}

function closed(port: MessagePort): void {
  notify(port, 'closed');
  port.close();
}

export function writing(
  port: MessagePort,
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
  );
  const size = new GroupSize(limits.batchMax);
  const received = (): Incoming | undefined => receiveMessageOnPort(port)?.message as Incoming | undefined;
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
        held = received();
        continue;
      }
      const messages: Flat[] = [held];
      let weight = held[0] as number;
      held = undefined;
      while (weight < size.max) {
        const next = received();
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
        ? { results: [...ahead.done.values()].flat(), verbsMs: 0, commitMs: 0 }
        : group.run(messages, ahead?.done);
      port.postMessage(results);
      size.learn(weight, verbsMs + (ahead?.verbsMs ?? 0), commitMs + (ahead?.commitMs ?? 0));
      hooks.committed?.(weight);
      held ??= received();
    }
  };
}

export function reading(port: MessagePort, hooks: ReadingHooks): (message: Incoming) => void {
  const handlers = readHandlers(hooks.db);
  const operations = READS.map((name) => handlers[name]);
  const read = (input: Cursor, out: Flat): void => {
    const start = out.length;
    const handler = operations[input.values[input.at] as number];
    input.at += 2;
    try {
      hooks.begin();
      out.push(STATUS.done);
      handler?.(input, out);
    } catch (error) {
      const fault = hooks.faultOf(error);
      if (fault === 'broken') throw error;
      out.length = start;
      if (fault === 'invalid') out.push(STATUS.invalid, hooks.faultText(error));
      else out.push(STATUS[fault]);
    } finally {
      hooks.end();
    }
  };
  return (message) => {
    if (message === 'close') {
      hooks.close();
      closed(port);
      return;
    }
    if (message === 'checkpoint') {
      hooks.checkpoint?.();
      notify(port, 'checkpoint');
      return;
    }
    const out: Flat = [];
    for (const input of verbsOf(message)) read(input, out);
    port.postMessage(out);
  };
}
