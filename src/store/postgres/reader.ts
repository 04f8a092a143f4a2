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
const { url, limits, serves } = workerData as WorkerStart & { readonly url: string };
/** 'SERV': shared by the sessions of all processes that serve; it ends with the session, so with the process. */
const SERVING_LOCK = 0x53455256;
const OTHERS = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = ${SERVING_LOCK} AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`;
/** 'LEAD': the session's that had it first; taken again by the same one it counts up, which means nothing. */
const LEAD_LOCK = 0x4c454144;
const LEAD = `SELECT pg_try_advisory_lock(${LEAD_LOCK})`;
const connection = new PostgresConnection(
  url,
  limits,
  `SET search_path = ${READING_SCHEMA}, "$user", public
  ${serves ? `; SELECT pg_advisory_lock_shared(${SERVING_LOCK})` : ''}`,
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
    others: () => bridge.ask({ kind: 'query', text: OTHERS }).rows[0]?.[0] as number,
    leads: () => bridge.ask({ kind: 'query', text: LEAD }).rows[0]?.[0] === 1,
    close: () => connection.close(),
  });
});
