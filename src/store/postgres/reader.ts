/** PostgreSQL's reading thread: one connection, and its socket in a thread beside it. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from '../sql/open.js';
import { reading } from '../sql/reading.js';
import { whenTold } from '../sql/thread.js';
import { PostgresConnection } from './connection.js';
import { faultOf, faultText, isLost } from './faults.js';
import { READING_SCHEMA } from './migrate.js';
import { Statements } from './statements.js';

const port = parentPort as MessagePort;
const { url, limits } = workerData as WorkerStart & { readonly url: string };
const connection = new PostgresConnection(
  url,
  limits,
  `SET search_path = ${READING_SCHEMA}, "$user", public`,
);

whenTold(port, { faultText }, () => {
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
      connection.begin('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    },
    end() {
      if (connection.isUp) bridge.ask({ kind: 'query', text: 'ROLLBACK' });
    },
    close: () => connection.close(),
  });
});
