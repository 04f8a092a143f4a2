/** PostgreSQL's threads: one connection each, and its socket in a thread beside it. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../../base/random.js';
import type { WorkerStart } from '../sql/open.js';
import { type Incoming, reading, whenTold, writing } from '../sql/thread.js';
import { PostgresConnection } from './connection.js';
import { PostgresEngine } from './engine.js';
import { faultOf, faultText, isLost } from './faults.js';
import { checkDurable, migrate } from './migrate.js';
import { Statements } from './statements.js';

const port = parentPort as MessagePort;
const { role, url, limits } = workerData as WorkerStart & { readonly url: string };
const connection = new PostgresConnection(url, limits);

function writer(): (message: Incoming) => void {
  connection.open();
  checkDurable(connection.bridge);
  migrate(connection.bridge);
  return writing(port, new PostgresEngine(connection, systemRandom), limits, {
    close: () => connection.close(),
  });
}

function reader(): (message: Incoming) => void {
  connection.open();
  const { bridge } = connection;
  return reading(port, {
    db: new Statements(bridge),
    faultOf(error) {
      if (isLost(error)) connection.lost();
      return faultOf(error);
    },
    faultText,
    begin() {
      connection.ensure();
      bridge.ask({ kind: 'query', text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    },
    end() {
      if (connection.isUp) bridge.ask({ kind: 'query', text: 'ROLLBACK' });
    },
    close: () => connection.close(),
  });
}

whenTold(port, { faultText }, role === 'writer' ? writer : reader);
