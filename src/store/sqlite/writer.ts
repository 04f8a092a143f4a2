/** SQLite's writing thread: what a group's commits leave in the write-ahead log is moved between groups. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.js';
import type { WorkerStart } from '../sql/open.js';
import { notify, receivedOn, whenTold } from '../sql/thread.js';
import { writing } from '../sql/writing.js';
import { Checkpoints } from './checkpoints.js';
import { openWriter } from './database.js';
import { sqliteEngine } from './engine.js';
import { faultText } from './faults.js';

const port = parentPort as MessagePort;
const { file, limits, actor } = workerData as WorkerStart & { readonly file: string };

whenTold(port, { faultText }, () => {
  const db = openWriter(file, limits);
  const checkpoints = new Checkpoints(db, limits, () => notify(port, 'checkpoint'));
  return writing(port, sqliteEngine(db), limits, {
    actor,
    now: systemClock.now,
    received: () => receivedOn(port),
    elapsedMs: () => performance.now(),
    committed: (weight) => checkpoints.committed(weight),
    checkpoint: () => checkpoints.bulkMoved(),
    close() {
      checkpoints.close();
      db.close();
    },
  });
});
