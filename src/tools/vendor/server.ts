/**
 * A vendor to test against: a process of its own that speaks the interface written down in src/hub/vendors/api.ts (and
 * here, by itself: it imports nothing of the switch or the hub). Idempotent by reference; its behaviours and how it
 * delivers are in behaviour.ts, its books in book.ts, its control port in control.ts. It writes no PIN anywhere but
 * into its ledger and the batches.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import { SafeError, safeText } from '../../base/errors.js';
import { systemRandom } from '../../base/random.js';
import { closeServer, listenOn, portOf, readBody, reply } from '../supplier/control.js';
import { AT_ONCE, type DeliveryPlan, VendorScript, type VendorStep } from './behaviour.js';
import { VendorBook, type VendorGoods, type VendorStatus } from './book.js';
import { startVendorControl } from './control.js';

export interface VendorOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly controlPort: number;
  readonly ledgerFile?: string;
  /** Bearer token that every request must carry; none where it is not given. */
  readonly token?: string;
  readonly plan?: Partial<DeliveryPlan>;
}

export interface RunningVendor {
  readonly port: number;
  readonly controlPort: number;
  stop(): Promise<void>;
}

/** Bytes of the answer that nobody takes. */
const OVERSIZE_BYTES = 20_000_000;
/** PINs of one order. */
const QUANTITY_MAX = 1_000_000;

export async function startVendor(options: VendorOptions): Promise<RunningVendor> {
  const vendor = new Vendor(options, await VendorBook.open(options.ledgerFile, systemClock, systemRandom));
  await vendor.up();
  const control = await startVendorControl(vendor, options.host, options.controlPort);
  return {
    port: vendor.port,
    controlPort: portOf(control),
    async stop() {
      await closeServer(control);
      await vendor.halt();
      await vendor.book.close();
    },
  };
}

interface Answer {
  readonly status: number;
  /** Text: a batch. */
  readonly body: object | string;
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'unknown' } };

export class Vendor {
  readonly script: VendorScript;
  port: number;
  requests = 0;
  readonly #options: VendorOptions;
  #server: Server | undefined;
  #cancelUp: (() => void) | undefined;

  constructor(
    options: VendorOptions,
    readonly book: VendorBook,
  ) {
    this.#options = options;
    this.port = options.port;
    this.script = new VendorScript({ ...AT_ONCE, ...options.plan });
  }

  async up(): Promise<void> {
    this.#cancelUp?.();
    if (this.#server) return;
    const server = createServer((request, response) => {
      this.requests += 1;
      this.#serve(request, response).catch((error: unknown) =>
        reply(response, 400, { error: safeText(error) }),
      );
    });
    this.#server = server;
    await listenOn(server, this.#options.host, this.port);
    this.port = portOf(server);
  }

  async down(forMs: number): Promise<void> {
    await this.halt();
    this.#cancelUp = systemClock.after(forMs, () => void this.up());
  }

  async halt(): Promise<void> {
    this.#cancelUp?.();
    const server = this.#server;
    this.#server = undefined;
    if (server) await closeServer(server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { token } = this.#options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      request.resume();
      return reply(response, 401, { error: 'wrong token' });
    }
    const body = await readBody(request);
    const [, first, reference, third, id, more] = (request.url ?? '').split('/').map(decodeURIComponent);
    if (first !== 'orders' || more !== undefined) return reply(response, 404, { error: 'no such path' });
    if (request.method === 'POST' && reference === undefined) {
      const goods = goodsOf(body);
      const step = this.script.next('order');
      return this.#act(step, response, () => this.#order(goods, step));
    }
    if (request.method === 'GET' && reference !== undefined && third === undefined) {
      return this.#act(this.script.next('look'), response, () => told(this.book.look(reference)));
    }
    if (request.method === 'GET' && reference !== undefined && third === 'deliveries' && id !== undefined) {
      const step = this.script.next('batch');
      return this.#act(step, response, () => this.#batch(reference, id, step));
    }
    return reply(response, 404, { error: 'no such path' });
  }

  #order(goods: VendorGoods, { behaviour }: VendorStep): Answer {
    const refusal = behaviour === 'refuse' ? 'not sold any more' : '';
    const order = this.book.order(goods, refusal, this.script.plan);
    if (order === 'conflict') return { status: 409, body: { error: 'used for another order' } };
    const { reference, reason } = order;
    if (order.state === 'refused') return { status: 422, body: { reference, state: 'refused', reason } };
    return { status: 201, body: { reference, state: 'accepted' } };
  }

  #batch(reference: string, id: string, { behaviour }: VendorStep): Answer {
    const batch = this.book.batch(reference, id);
    if (batch === undefined) return NOT_FOUND;
    return { status: 200, body: behaviour === 'checksum' ? batch.slice(0, -1) : batch };
  }

  /** Plays a behaviour around `perform`; what it did is on disk before anything is answered. */
  async #act(
    { behaviour, delayMs }: VendorStep,
    response: ServerResponse,
    perform: () => Answer,
  ): Promise<void> {
    if (behaviour === 'ignore') return;
    if (behaviour === 'busy') return reply(response, 503, { error: 'busy' });
    if (behaviour === 'unknown') return send(response, NOT_FOUND);
    const answer = perform();
    await this.book.written();
    switch (behaviour) {
      case 'hang-up':
        response.socket?.destroy();
        return;
      case 'die':
        process.kill(process.pid, 'SIGKILL');
        return;
      case 'garbage':
        return send(response, { status: 200, body: '{"reference":' });
      case 'oversize':
        return send(response, { status: 200, body: 'x'.repeat(OVERSIZE_BYTES) });
      case 'delay':
        systemClock.after(delayMs, () => send(response, answer));
        return;
      default:
        return send(response, answer);
    }
  }
}

function goodsOf({ reference, product, quantity }: Record<string, unknown>): VendorGoods {
  const isRight =
    /^[A-Za-z0-9-]{1,64}$/.test(String(reference)) &&
    /^[^,"\r\n]{1,40}$/.test(String(product)) &&
    Number.isSafeInteger(quantity) &&
    (quantity as number) > 0 &&
    (quantity as number) <= QUANTITY_MAX;
  if (!isRight) throw new SafeError('reference, product and quantity');
  return { reference: String(reference), product: String(product), quantity: Number(quantity) };
}

function told(order: VendorStatus | undefined): Answer {
  if (!order) return NOT_FOUND;
  const { reference, product, quantity, state, reason } = order;
  const deliveries = order.deliveries.map(({ id, count, sha256 }) => ({ id, count, sha256 }));
  return {
    status: 200,
    body: { reference, product, quantity, state, ...(reason && { reason }), deliveries },
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (typeof body === 'object') {
    reply(response, status, body);
    return;
  }
  response.writeHead(status, { 'content-type': 'text/csv', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
