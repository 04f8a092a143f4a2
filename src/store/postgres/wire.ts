/**
 * The thread that owns the socket to the server: asked by bridge.ts, which waits. One connection at a time, and one
 * question. Text and whole numbers are what the verbs know (engine.ts); an error crosses as its code alone, since its
 * message may quote values.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { hostsOf } from './hosts.js';
import { type Answer, LOST, type Question, type WireStart } from './question.js';

const { port, signal } = workerData as WireStart & { readonly port: MessagePort };
const woken = new Int32Array(signal);

let client: pg.Client | undefined;

/** SQLSTATE read_only_sql_transaction. */
const READ_ONLY = '25006';

/** https://www.postgresql.org/docs/current/catalog-pg-type.html */
const OID = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, float8: 701, numeric: 1700 } as const;
const NUMBERS: ReadonlySet<number> = new Set([OID.int2, OID.int4, OID.int8, OID.float8, OID.numeric]);

const types = {
  getTypeParser(oid: number) {
    if (NUMBERS.has(oid)) return Number;
    if (oid === OID.bool) return (text: string) => (text === 't' ? 1 : 0);
    if (oid === OID.bytea) return (text: string) => Buffer.from(text.slice(2), 'hex');
    return (text: string) => text;
  },
} as unknown as pg.CustomTypesConfig;

/** Of several hosts the first that takes writes: a standby does not, until it is promoted. */
async function connect(url: string, connectMs: number): Promise<Answer> {
  await end();
  const hosts = hostsOf(url);
  let refused: unknown;
  for (const one of hosts) {
    try {
      await connectTo(one, connectMs, hosts.length > 1);
      return { fields: [], rows: [], changes: 0 };
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

async function connectTo(url: string, connectMs: number, isToBeAsked: boolean): Promise<void> {
  const next = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    types,
    application_name: 'prepaid-switch',
  });
  const gone = (): void => {
    if (client === next) client = undefined;
  };
  next.on('error', gone);
  next.on('end', gone);
  await next.connect();
  if (isToBeAsked) {
    const { rows } = await next.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    if (rows[0]?.transaction_read_only === 'on') {
      await next.end();
      throw Object.assign(new Error('read-only'), { code: READ_ONLY });
    }
  }
  client = next;
}

async function end(): Promise<void> {
  const last = client;
  client = undefined;
  await last?.end().catch(() => {});
}

async function query({ name, text, values }: Extract<Question, { kind: 'query' }>): Promise<Answer> {
  if (!client) return { code: LOST };
  const config = values
    ? { ...(name === undefined ? {} : { name }), text, values: [...values], rowMode: 'array' as const }
    : { text, rowMode: 'array' as const };
  const results = (await client.query(config)) as unknown as pg.QueryArrayResult | pg.QueryArrayResult[];
  // Of several statements in one text the last one that has rows counts.
  const result = Array.isArray(results)
    ? (results.findLast(({ fields }) => fields.length > 0) ?? results.at(-1))
    : results;
  return {
    fields: result?.fields.map((field) => field.name) ?? [],
    rows: result?.rows ?? [],
    changes: result?.rowCount ?? 0,
    command: result?.command,
  };
}

async function answer(question: Question): Promise<Answer> {
  try {
    if (question.kind === 'query') return await query(question);
    if (question.kind === 'connect') return await connect(question.url, question.connectMs);
    await end();
    return { fields: [], rows: [], changes: 0 };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    // Of no more use (faults.ts), with a transaction that would refuse all that is asked of it.
    if (code === READ_ONLY) await end();
    return { code: typeof code === 'string' ? code : client ? 'unknown' : LOST };
  }
}

port.on('message', async (question: Question) => {
  port.postMessage(await answer(question));
  Atomics.add(woken, 0, 1);
  Atomics.notify(woken, 0);
  if (question.kind === 'end') port.close();
});
