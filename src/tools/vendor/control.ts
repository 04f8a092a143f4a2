/**
 * A simulated vendor's control port, on loopback unless told otherwise:
 *   GET    /sim/ledger             {orders: [{reference, product, quantity, state, asked, deliveries}], pins}: no PIN
 *   GET    /sim/stats              {requests} since the start
 *   POST   /sim/plan               {delayMs?, partMs?, parts?, repeats?, known?}: how later orders are delivered
 *   POST   /sim/behaviour          {behaviour, on?: order|look|batch, times?, delayMs?}
 *   DELETE /sim/behaviour          forgets the script
 *   POST   /sim/down               {forMs}: stops listening, cuts every connection, comes back by itself
 *   POST   /sim/up                 comes back now
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { safeText } from '../../base/errors.js';
import { listenOn, readBody, reply } from '../supplier/control.js';
import type { VendorScript } from './behaviour.js';
import type { VendorBook } from './book.js';

export interface ControlledVendor {
  readonly book: VendorBook;
  readonly script: VendorScript;
  readonly requests: number;
  down(forMs: number): Promise<void>;
  up(): Promise<void>;
}

const DONE = { ok: true };

export async function startVendorControl(
  vendor: ControlledVendor,
  host: string,
  port: number,
): Promise<Server> {
  const server = createServer((request, response) => {
    serve(vendor, request)
      .then((answer) => reply(response, answer ? 200 : 404, answer ?? { error: 'no such path' }))
      .catch((error: unknown) => reply(response, 400, { error: safeText(error) }));
  });
  await listenOn(server, host, port);
  return server;
}

async function serve(vendor: ControlledVendor, request: IncomingMessage): Promise<object | undefined> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /sim/ledger':
      return { orders: vendor.book.statuses(), pins: vendor.book.issued() };
    case 'GET /sim/stats':
      return { requests: vendor.requests };
    case 'POST /sim/plan':
      vendor.script.change(await readBody(request));
      return DONE;
    case 'POST /sim/behaviour': {
      const { behaviour, on = 'order', times = 1, delayMs } = await readBody(request);
      const delay = delayMs === undefined ? undefined : Number(delayMs);
      vendor.script.add(String(behaviour), String(on), Number(times), delay);
      return DONE;
    }
    case 'DELETE /sim/behaviour':
      vendor.script.clear();
      return DONE;
    case 'POST /sim/down': {
      const { forMs = 60_000 } = await readBody(request);
      await vendor.down(Number(forMs));
      return DONE;
    }
    case 'POST /sim/up':
      await vendor.up();
      return DONE;
    default:
      return undefined;
  }
}
