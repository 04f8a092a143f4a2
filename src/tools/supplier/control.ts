/**
 * A simulator's control port, the same for both kinds, on loopback unless told otherwise:
 *   GET    /sim/ledger             {orders: […], balances: {account: minor units}}
 *   GET    /sim/stats              {connections, requests} since the start
 *   POST   /sim/behaviour          {behaviour, on?: order|reversal|inquiry|network, times?, delayMs?}
 *   DELETE /sim/behaviour          forgets the script
 *   POST   /sim/down               {forMs}: stops listening, cuts every connection, comes back by itself
 *   POST   /sim/up                 comes back now
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SafeError, safeText } from '../../base/errors.js';
import type { Script } from './behaviour.js';
import type { Book } from './book.js';

/** Bytes of a request's body. */
export const SIM_BODY_MAX = 65_536;

export interface Controlled {
  readonly book: Book;
  readonly script: Script;
  stats(): { readonly connections: number; readonly requests: number };
  down(forMs: number): Promise<void>;
  up(): Promise<void>;
}

export async function startControl(controlled: Controlled, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    serve(controlled, request)
      .then((answer) =>
        reply(response, answer === undefined ? 404 : 200, answer ?? { error: 'no such path' }),
      )
      .catch((error: unknown) => reply(response, 400, { error: safeText(error) }));
  });
  await listenOn(server, host, port);
  return server;
}

export function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Resolves when the server's port is free; connections are cut. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function reply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The body as an object; {} for none. Throws SafeError where it is too long or no JSON object. */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > SIM_BODY_MAX) throw new SafeError(`body over ${SIM_BODY_MAX} bytes`);
    chunks.push(chunk as Buffer);
  }
  if (bytes === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new SafeError('body is not JSON');
  }
  if (typeof body !== 'object' || body === null) throw new SafeError('body is not a JSON object');
  return body as Record<string, unknown>;
}

async function serve(sim: Controlled, request: IncomingMessage): Promise<object | undefined> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /sim/ledger':
      return { orders: sim.book.entries(), balances: sim.book.balances() };
    case 'GET /sim/stats':
      return sim.stats();
    case 'POST /sim/behaviour': {
      const { behaviour, on = 'order', times = 1, delayMs } = await readBody(request);
      const delay = delayMs === undefined ? undefined : Number(delayMs);
      sim.script.add(String(behaviour), String(on), Number(times), delay);
      return { ok: true };
    }
    case 'DELETE /sim/behaviour':
      sim.script.clear();
      return { ok: true };
    case 'POST /sim/down': {
      const { forMs = 60_000 } = await readBody(request);
      await sim.down(Number(forMs));
      return { ok: true };
    }
    case 'POST /sim/up':
      await sim.up();
      return { ok: true };
    default:
      return undefined;
  }
}
