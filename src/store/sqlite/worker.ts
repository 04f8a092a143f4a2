/** SQLite's threads: what a group's commits leave in the write-ahead log is moved between groups. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from '../sql/open.js';
import { type Incoming, notify, reading, whenTold, writing } from '../sql/thread.js';
import { Checkpoints, moveBulk } from './checkpoints.js';
import { openMover, openReader, openWriter } from './database.js';
import { connectionOf, sqliteEngine } from './engine.js';
import { faultOf, faultText } from './faults.js';

const port = parentPort as MessagePort;
const { role, file, limits } = workerData as WorkerStart & { readonly file: string };

function writer(): (message: Incoming) => void {
  const db = openWriter(file, limits);
  const checkpoints = new Checkpoints(db, limits, () => notify(port, 'checkpoint'));
  return writing(port, sqliteEngine(db), limits, {
    committed: (weight) => checkpoints.committed(weight),
    checkpoint: () => checkpoints.bulkMoved(),
    close() {
      checkpoints.close();
      db.close();
    },
  });
}

function reader(): (message: Incoming) => void {
  const db = openReader(file, limits);
  const mover = openMover(file, limits);
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  return reading(port, {
    db: connectionOf(db),
    faultOf,
    faultText,
    begin: () => void begin.run(),
    end() {
      if (db.inTransaction) commit.run();
    },
    checkpoint: () => moveBulk(mover),
    close() {
      mover.close();
      db.close();
    },
  });
}

whenTold(port, { faultText }, role === 'writer' ? writer : reader);
