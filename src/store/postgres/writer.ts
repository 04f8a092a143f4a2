/** PostgreSQL's writing thread: one connection, and its socket in a thread beside it. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import type { WorkerStart } from '../sql/open.js';
import { receivedOn, whenTold } from '../sql/thread.js';
import { writing } from '../sql/writing.js';
import { PostgresConnection } from './connection.js';
import { PostgresEngine } from './engine.js';
import { faultText, isLost } from './faults.js';
import { checkDurable, migrate } from './migrate.js';
import { Sales } from './sales.js';

const port = parentPort as MessagePort;
const { url, limits, actor } = workerData as WorkerStart & { readonly url: string };
/** The verbs go by indexes: a table that has just grown has no statistics that say so. */
const connection = new PostgresConnection(url, limits, 'SET enable_seqscan = off');

whenTold(port, { faultText }, () => {
  connection.open();
  checkDurable(connection.bridge);
  migrate(connection.bridge);
  const engine = new PostgresEngine(connection, systemRandom);
  let sales: Sales | undefined;
  return writing(port, engine, limits, {
    actor,
    now: systemClock.now,
    received: () => receivedOn(port),
    elapsedMs: () => performance.now(),
    ahead(messages, books) {
      sales ??= new Sales(engine, books);
      return sales.ahead(messages);
    },
    close() {
      try {
        engine.end();
      } catch (error) {
        if (!isLost(error)) throw error;
      }
      connection.close();
    },
  });
});
