/**
 * The thread that owns one connection: the writer runs groups (what waits when it is free goes into one commit,
 * as much as groupSize.ts allows), the reader answers verb by verb. An error that says nobody knows what stands is
 * told once, and the thread ends.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StoreRefused } from '../errors.js';
import { Books } from './books.js';
import { Checkpoints, moveBulk } from './checkpoints.js';
import { type Connection, openMover, openReader, openWriter } from './database.js';
import { faultOf, faultText } from './faults.js';
import { type Cursor, type Flat, type Notice, STATUS } from './flat.js';
import { Group, verbsOf } from './group.js';
import { GroupSize } from './groupSize.js';
import type { StoreLimits } from './limits.js';
import { READS, WRITES } from './operations.js';
import { readHandlers } from './reads.js';
import { writeHandlers } from './writes.js';

export interface WorkerStart {
  readonly role: 'writer' | 'reader';
  readonly file: string;
  readonly limits: StoreLimits;
}

/** `checkpoint`: to the reader, move the bulk; to the writer, it was moved. */
type Incoming = Flat | 'close' | 'checkpoint';

const port = parentPort as MessagePort;
const { role, file, limits } = workerData as WorkerStart;

function notify(kind: Notice['kind'], text = ''): void {
  port.postMessage({ kind, text } satisfies Notice);
}

function start(): void {
  const db = role === 'writer' ? openWriter(file, limits) : openReader(file, limits);
  const serve = role === 'writer' ? writer(db) : reader(db);
  port.on('message', (message: Incoming) => {
    try {
      serve(message);
    } catch (error) {
      notify('broken', faultText(error));
      port.close();
    }
  });
  notify('ready');
}

function writer(db: Connection): (message: Incoming) => void {
  const books = new Books(db, limits);
  const handlers = writeHandlers(books);
  const group = new Group(
    books,
    WRITES.map((name) => handlers[name]),
  );
  const size = new GroupSize(limits.batchMax);
  const checkpoints = new Checkpoints(db, limits, () => notify('checkpoint'));
  return (first) => {
    let held: Incoming | undefined = first;
    while (held !== undefined) {
      if (held === 'close') {
        checkpoints.close();
        close(db);
        return;
      }
      if (held === 'checkpoint') {
        checkpoints.bulkMoved();
        held = receiveMessageOnPort(port)?.message as Incoming | undefined;
        continue;
      }
      const messages: Flat[] = [held];
      let weight = held[0] as number;
      held = undefined;
      while (weight < size.max) {
        const received: { message: Incoming } | undefined = receiveMessageOnPort(port);
        if (!received) break;
        const more = typeof received.message === 'string' ? size.max : (received.message[0] as number);
        if (weight + more > size.max) {
          held = received.message;
          break;
        }
        messages.push(received.message as Flat);
        weight += more;
      }
      const { results, verbsMs, commitMs } = group.run(messages);
      port.postMessage(results);
      size.learn(weight, verbsMs, commitMs);
      checkpoints.committed(weight);
      held ??= receiveMessageOnPort(port)?.message as Incoming | undefined;
    }
  };
}

function reader(db: Connection): (message: Incoming) => void {
  const mover = openMover(file, limits);
  const handlers = readHandlers(db);
  const operations = READS.map((name) => handlers[name]);
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  const read = (input: Cursor, out: Flat): void => {
    const start = out.length;
    const handler = operations[input.values[input.at] as number];
    input.at += 2;
    begin.run();
    try {
      out.push(STATUS.done);
      handler?.(input, out);
    } catch (error) {
      if (faultOf(error) === 'broken') throw error;
      out.length = start;
      out.push(STATUS.invalid, faultText(error));
    } finally {
      if (db.inTransaction) commit.run();
    }
  };
  return (message) => {
    if (message === 'close') {
      mover.close();
      close(db);
      return;
    }
    if (message === 'checkpoint') {
      moveBulk(mover);
      notify('checkpoint');
      return;
    }
    const out: Flat = [];
    for (const input of verbsOf(message)) read(input, out);
    port.postMessage(out);
  };
}

function close(db: Connection): void {
  db.close();
  notify('closed');
  port.close();
}

/** The first message says that the file may be opened: the reader loads meanwhile, the writer makes the tables. */
port.once('message', () => {
  try {
    start();
  } catch (error) {
    notify('refused', error instanceof StoreRefused ? error.message : `database: ${faultText(error)}`);
    port.close();
  }
});
