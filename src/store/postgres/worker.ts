/** PostgreSQL's threads: one connection each, and its socket in a thread beside it. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../../base/random.js';
import type { WorkerStart } from '../sql/open.js';
import { type Incoming, reading, whenTold, writing } from '../sql/thread.js';
import { PostgresConnection } from './connection.js';
import { PostgresEngine } from './engine.js';
import { faultOf, faultText, isLost } from './faults.js';
import { checkDurable, migrate, READING_SCHEMA } from './migrate.js';
import { Sales } from './sales.js';
import { Statements } from './statements.js';

const port = parentPort as MessagePort;
const { role, url, limits } = workerData as WorkerStart & { readonly url: string };
/** The verbs go by indexes: a table that has just grown has no statistics that say so. */
const WRITING = 'SET enable_seqscan = off';
const READING = `SET search_path = ${READING_SCHEMA}, "$user", public`;
const connection = new PostgresConnection(url, limits, role === 'writer' ? WRITING : READING);

function writer(): (message: Incoming) => void {
  connection.open();
  checkDurable(connection.bridge);
  migrate(connection.bridge);
  const engine = new PostgresEngine(connection, systemRandom);
  let sales: Sales | undefined;
  return writing(port, engine, limits, {
    ahead(messages, books) {
      sales ??= new Sales(engine, books);
      return sales.ahead(messages);
    },
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
      connection.begin('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    },
    end() {
      if (connection.isUp) bridge.ask({ kind: 'query', text: 'ROLLBACK' });
    },
    close: () => connection.close(),
  });
}

whenTold(port, { faultText }, role === 'writer' ? writer : reader);
