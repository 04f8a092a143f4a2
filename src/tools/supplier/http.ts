/**
 * A supplier to test against, over HTTP: a process of its own that speaks the API written down in
 * src/supply/http-api.ts (and here, by itself: it imports nothing of the switch). Idempotent by reference;
 * its behaviours are in behaviour.ts, its control port in supplier-sim/control.ts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import { safeText } from '../../base/errors.js';
import { systemRandom } from '../../base/random.js';
import { type Behaviour, BY_AMOUNT, Script } from './behaviour.js';
import { Book, type BookEntry, isCredited, type SimOrder } from './book.js';
import { type Controlled, closeServer, listenOn, portOf, readBody, reply, startControl } from './control.js';

export interface HttpSupplierOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly controlPort: number;
  readonly ledgerFile?: string;
  /** Bearer token that every request must carry; none where it is not given. */
  readonly token?: string;
}

export interface RunningSupplier {
  readonly port: number;
  readonly controlPort: number;
  stop(): Promise<void>;
}

/** Bytes of the answer that nobody takes. */
const OVERSIZE_BYTES = 20_000_000;

export async function startHttpSupplier(options: HttpSupplierOptions): Promise<RunningSupplier> {
  const deps = { clock: systemClock, random: systemRandom };
  const sim = new HttpSim(options, await Book.open(options.ledgerFile, deps));
  await sim.up();
  const control = await startControl(sim, options.host, options.controlPort);
  return {
    port: sim.port,
    controlPort: portOf(control),
    async stop() {
      await closeServer(control);
      await sim.halt();
      await sim.book.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

class HttpSim implements Controlled {
  readonly script = new Script();
  port: number;
  #server: Server | undefined;
  #connections = 0;
  #requests = 0;
  #cancelUp: (() => void) | undefined;
  readonly #processing = new Set<string>();

  constructor(
    readonly options: HttpSupplierOptions,
    readonly book: Book,
  ) {
    this.port = options.port;
  }

  stats() {
    return { connections: this.#connections, requests: this.#requests };
  }

  async up(): Promise<void> {
    this.#cancelUp?.();
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      this.#requests += 1;
      this.#serve(request, response).catch((error: unknown) =>
        reply(response, 400, { error: safeText(error) }),
      );
    });
    server.on('connection', () => {
      this.#connections += 1;
    });
    this.#server = server;
    await listenOn(server, this.options.host, this.port);
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
    if (server !== undefined) await closeServer(server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { token } = this.options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      request.resume();
      return reply(response, 401, { error: 'wrong token' });
    }
    const body = await readBody(request);
    const [, version, kind, reference = '', verb] = (request.url ?? '').split('/');
    const below = `${reference === '' ? '' : '/:id'}${verb === undefined ? '' : `/${verb}`}`;
    const route = `${request.method} ${version}/${kind}${below}`;
    switch (route) {
      case 'POST v1/orders':
        return this.#order(readOrder(body), Date.parse(String(body.validUntil)), response);
      case 'POST v1/orders/:id/reversal': {
        const behaviour = this.script.next('reversal', '');
        return this.#act(behaviour, reference, response, () => this.#reverse(reference));
      }
      case 'GET v1/orders/:id': {
        const behaviour = this.script.next('inquiry', '');
        return this.#act(behaviour, reference, response, async () => this.#outcome(reference));
      }
      case 'POST v1/inquiries': {
        const behaviour = this.script.next('inquiry', '');
        const order = readOrder(body);
        return this.#act(behaviour, order.reference, response, async () => this.#account(order));
      }
      default:
        return reply(response, 404, { error: 'no such path' });
    }
  }

  async #order(order: SimOrder, validUntil: number, response: ServerResponse): Promise<void> {
    const behaviour = this.script.next('order', order.account);
    const perform = async (): Promise<Answer> => {
      if (!(systemClock.now() <= validUntil)) return refused(order.reference, 'expired');
      const entry = await this.book.order(order, BY_AMOUNT.get(order.amount)?.word ?? '');
      if (entry === 'conflict') return refused(order.reference, 'duplicate');
      if (entry === 'full') return refused(order.reference, 'maintenance');
      return entry.state === 'tombstone' ? reversed(order.reference) : told(entry);
    };
    if (behaviour.name === 'processing') {
      const { reference } = order;
      this.#processing.add(reference);
      systemClock.after(behaviour.delayMs, () => {
        void perform().finally(() => this.#processing.delete(reference));
      });
      return reply(response, 202, processing(reference).body);
    }
    return this.#act(behaviour, order.reference, response, perform);
  }

  /** Plays a behaviour around `perform`, which does what was asked and says what the answer is. */
  async #act(
    behaviour: Behaviour,
    reference: string,
    response: ServerResponse,
    perform: () => Promise<Answer>,
  ): Promise<void> {
    switch (behaviour.name) {
      case 'ignore':
        return;
      case 'fault':
        return reply(response, 500, { error: 'malfunction' });
      case 'busy':
        return reply(response, 503, { error: 'busy' });
      case 'unavailable': {
        const { status, body } = refused(reference, 'maintenance');
        return reply(response, status, body);
      }
      default: {
        const { status, body } = await perform();
        return this.#answer(behaviour, response, status, body);
      }
    }
  }

  async #answer(
    behaviour: Behaviour,
    response: ServerResponse,
    status: number,
    body: Record<string, unknown>,
  ): Promise<void> {
    switch (behaviour.name) {
      case 'drop':
        return;
      case 'hang-up':
        response.socket?.destroy();
        return;
      case 'fault-after':
        return reply(response, 500, { error: 'malfunction' });
      case 'other':
        return reply(response, status, { ...body, reference: 'SOMEBODYELSE' });
      case 'wrong-amount':
        return reply(response, status, { ...body, amount: Number(body.amount ?? 0) + 100 });
      case 'garbage':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"status":"approved","reference":');
        return;
      case 'oversize':
        return reply(response, status, { ...body, filler: 'x'.repeat(OVERSIZE_BYTES) });
      case 'twice': {
        const { socket } = response;
        const text = JSON.stringify(body);
        reply(response, status, body);
        socket?.write(
          `HTTP/1.1 ${status} Again\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        );
        return;
      }
      case 'delay':
        systemClock.after(behaviour.delayMs, () => reply(response, status, body));
        return;
      default:
        return reply(response, status, body);
    }
  }

  async #reverse(reference: string): Promise<Answer> {
    const result = await this.book.reverse(reference);
    return result === 'reversed' ? { ...reversed(reference), status: 200 } : unknownOrder(reference);
  }

  async #outcome(reference: string): Promise<Answer> {
    if (this.#processing.has(reference)) return processing(reference);
    const entry = await this.book.find(reference);
    return entry === undefined ? unknownOrder(reference) : told(entry);
  }

  #account(order: SimOrder): Answer {
    if (order.account.endsWith('0000')) return refused(order.reference, 'unknown-account');
    return {
      status: 200,
      body: {
        status: 'approved',
        reference: order.reference,
        balance: { amount: this.book.balance(order.account), currency: order.currency },
        accountExpiry: this.book.expiry(),
      },
    };
  }
}

function readOrder(body: Record<string, unknown>): SimOrder {
  return {
    reference: String(body.reference ?? ''),
    service: String(body.service ?? ''),
    product: String(body.product ?? ''),
    account: String(body.account ?? ''),
    amount: Number(body.amount ?? 0),
    currency: String(body.currency ?? ''),
    quantity: Number(body.quantity ?? 0),
    region: String(body.region ?? ''),
  };
}

function told(entry: BookEntry): Answer {
  if (entry.state === 'refused') return refused(entry.reference, entry.refusal);
  if (entry.state === 'reversed') return reversed(entry.reference);
  const { reference, amount, currency, confirmation, pins } = entry;
  const account = isCredited(entry)
    ? { balance: { amount: entry.balance, currency }, accountExpiry: entry.expiry }
    : {};
  return {
    status: 200,
    body: { status: 'approved', reference, amount, currency, confirmation, pins, ...account },
  };
}

function refused(reference: string, reason: string): Answer {
  return { status: 422, body: { status: 'refused', reference, reason, text: `Refused: ${reason}` } };
}

function processing(reference: string): Answer {
  return { status: 202, body: { status: 'processing', reference } };
}

function reversed(reference: string): Answer {
  return { status: 409, body: { status: 'reversed', reference } };
}

function unknownOrder(reference: string): Answer {
  return { status: 404, body: { status: 'unknown-order', reference } };
}
