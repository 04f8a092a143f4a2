/**
 * A vendor as acquisition asks it: each question once, with a time limit; who asks decides about asking again. Every
 * question of the interface (api.ts) may be repeated, so it does not matter whether one that failed has arrived.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { HttpExchange, type HttpRequest, type HttpResult } from '../../transport/httpExchange.js';
import {
  type Fault,
  fault,
  faultOf,
  type ListedDelivery,
  type OrderStatus,
  orderBody,
  orderPath,
  type PlaceAnswer,
  readPlaced,
  readStatus,
  type VendorRequest,
} from './api.js';
import type { VendorConfig } from './schema.js';

/** Batches come by a connection of their own, so that a long one holds up no order. */
const CONNECTIONS_MAX = 2;
const IN_FLIGHT_MAX = 8;

type Answer = Extract<HttpResult, { kind: 'answer' }>;

export class VendorClient {
  readonly #config: VendorConfig;
  readonly #orders: HttpExchange;
  readonly #batches: HttpExchange;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #stop = new AbortController();

  constructor(config: VendorConfig, clock: Clock) {
    this.#config = config;
    const { url, tls, connectMs, idleMs, answerBytesMax, batchBytesMax, token } = config;
    const peer = { url, tls, connectMs, idleMs, connectionsMax: CONNECTIONS_MAX, inFlightMax: IN_FLIGHT_MAX };
    this.#orders = new HttpExchange({ ...peer, answerBytesMax }, clock);
    this.#batches = new HttpExchange({ ...peer, answerBytesMax: batchBytesMax }, clock);
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async place(order: VendorRequest): Promise<PlaceAnswer> {
    const answer = await this.#ask('POST', '/orders', orderBody(order));
    return answer.kind === 'fault' ? answer : readPlaced(answer.status, answer.body, order);
  }

  async look(order: VendorRequest): Promise<OrderStatus | Fault> {
    const answer = await this.#ask('GET', orderPath(order.reference));
    return answer.kind === 'fault' ? answer : readStatus(answer.status, answer.body, order);
  }

  /** Sensitive: PINs in clear. Their checksum is right. */
  async batch(order: VendorRequest, { id, sha256 }: ListedDelivery): Promise<Buffer | Fault> {
    const { batchMs } = this.#config;
    const request = this.#request('GET', orderPath(order.reference, id));
    const answer = answerOf(await this.#batches.send(request, batchMs));
    if (answer.kind === 'fault') return answer;
    if (answer.status !== 200) return faultOf(answer.status);
    const found = createHash('sha256').update(answer.body).digest('hex');
    return found === sha256 ? answer.body : fault('checksum');
  }

  /** What is under way is given up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#orders.close(), this.#batches.close()]);
  }

  async #ask(method: HttpRequest['method'], path: string, body?: string): Promise<Answer | Fault> {
    return answerOf(await this.#orders.send(this.#request(method, path, body), this.#config.answerMs));
  }

  #request(method: HttpRequest['method'], path: string, body?: string): HttpRequest {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    return { method, path, headers: { ...this.#headers, ...headers }, body, signal: this.#stop.signal };
  }
}

function answerOf(result: HttpResult): Answer | Fault {
  switch (result.kind) {
    case 'answer':
      return result;
    case 'not-sent':
    case 'over-limit':
      return fault('unreachable');
    default:
      return fault(result.kind);
  }
}
