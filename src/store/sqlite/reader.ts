/** SQLite's reading thread, which also moves the bulk of the write-ahead log while sales go on. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from '../sql/open.js';
import { reading } from '../sql/reading.js';
import { whenTold } from '../sql/thread.js';
import { moveBulk } from './checkpoints.js';
import { openMover, openReader } from './database.js';
import { connectionOf } from './engine.js';
import { faultOf, faultText } from './faults.js';

const port = parentPort as MessagePort;
const { file, limits } = workerData as WorkerStart & { readonly file: string };

whenTold(port, { faultText }, () => {
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
});
