/**
 * A supplier reached by HTTP (the API is in http-api.ts). An order is "unavailable" only where no byte of
 * it left this host or the supplier said that nothing was done; whatever else fails is "unknown".
 * Inside one sale's budget an order whose connection was lost, or that got a 502 or 503, is sent again with
 * the same reference (at most `repeatsMax` times): the supplier performs it once. An order older than
 * `orderLifeMs` is not sent at all. Account inquiries do nothing, so a failed one is "unavailable".
 */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { type Exchange, HttpExchange, type HttpRequest, type HttpResult } from '../transport/httpExchange.js';
import type { SupplyCounters, SupplyEvent } from './events.js';
import { Health } from './health.js';
import {
  DEFAULT_HTTP_REASONS,
  inquiryBody,
  orderBody,
  readAnswer,
  readReversal,
  reversalBody,
  type Verdict,
} from './http-api.js';
import type { HttpSupplierConfig } from './schema.js';
import type { Supplier, SupplyOrder, SupplyResult, UndoResult } from './supply.js';
import type { Meaning } from './words.js';

export interface HttpSupplierDeps {
  readonly clock: Clock;
  readonly counters: SupplyCounters;
  readonly log?: Log;
}

/** Of one order: when it was first sent, and when its answer must be there. */
interface Budget {
  readonly since: number;
  readonly until: number;
}

const UNKNOWN: SupplyResult = { kind: 'unknown' };
const UNAVAILABLE: SupplyResult = { kind: 'unavailable' };
/** The wait between two questions after an order in process grows up to this many times `pollMs`. */
const POLL_GROWTH_MAX = 8;
const WORTH_REPEATING: ReadonlySet<number> = new Set([502, 503]);

export function createHttpSupplier(
  config: HttpSupplierConfig,
  deps: HttpSupplierDeps,
  exchange: Exchange = new HttpExchange(config, deps.clock),
): Supplier {
  return new HttpSupplier(config, deps, exchange);
}

class HttpSupplier implements Supplier {
  readonly name: string;
  readonly doubt: 'reversal' | 'inquiry';
  readonly #config: HttpSupplierConfig;
  readonly #deps: HttpSupplierDeps;
  readonly #exchange: Exchange;
  readonly #health: Health;
  readonly #meanings: ReadonlyMap<string, Meaning>;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(config: HttpSupplierConfig, deps: HttpSupplierDeps, exchange: Exchange) {
    this.name = config.name;
    this.doubt = config.doubt;
    this.#config = config;
    this.#deps = deps;
    this.#headers = headersOf(config);
    this.#exchange = exchange;
    this.#health = new Health(deps.clock, config);
    this.#meanings = new Map(Object.entries({ ...DEFAULT_HTTP_REASONS, ...config.reasons }));
  }

  ready(): boolean {
    return this.#health.ready();
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    await this.#exchange.close();
  }

  perform(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    return this.#health.guard(() => this.#ask(order, timeoutMs), UNAVAILABLE);
  }

  async #ask(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    this.#count('asked');
    const until = this.#deps.clock.now() + timeoutMs;
    const result =
      order.service === 'account-inquiry'
        ? await this.#askAccount(order, timeoutMs)
        : await this.#place(order, until);
    this.#count(result.kind);
    return result;
  }

  async reverse(order: SupplyOrder, attempt: number, timeoutMs: number): Promise<UndoResult> {
    if (order.service === 'account-inquiry') return { kind: 'undone' };
    const path = `${orderPath(order)}/reversal`;
    const since = this.#deps.clock.now();
    const result = await this.#send(order, 'POST', path, reversalBody(order, attempt), timeoutMs);
    if (result.kind === 'answer') {
      const verdict = readReversal(result.status, result.body, order);
      if (verdict.kind === 'undone') {
        this.#answered(order, since);
        this.#count('undone');
        return verdict;
      }
      this.#fault(order, verdict.fault);
    }
    this.#count('not-undone');
    return { kind: 'unknown' };
  }

  async inquire(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    const verdict = await this.#askOutcome(order, timeoutMs);
    if (verdict.kind === 'approved' || verdict.kind === 'refused') return verdict;
    // A refusal that another supplier might have met: of this order, it is a definite no all the same.
    if (verdict.kind === 'unavailable') return notDone();
    if (verdict.kind === 'unknown-order' && this.#isPastLife(order)) return notDone();
    return UNKNOWN;
  }

  async #place(order: SupplyOrder, until: number): Promise<SupplyResult> {
    const { clock } = this.#deps;
    if (clock.now() > this.#validUntil(order)) return UNAVAILABLE;
    const body = orderBody(order, this.#validUntil(order));
    const since = clock.now();
    for (let sent = 1; ; sent += 1) {
      const result = await this.#send(order, 'POST', '/v1/orders', body, until - clock.now());
      const settled = await this.#settle(result, order, { since, until }, sent > 1);
      if (settled !== undefined) return settled;
      const again = sent <= this.#config.repeatsMax && isWorthRepeating(result);
      if (!again || until - clock.now() <= this.#config.repeatMs) return UNKNOWN;
      await this.#wait(this.#config.repeatMs);
      this.#count('repeated');
    }
  }

  /**
   * Undefined where the answer settles nothing. That a repeat was not sent, or was turned away at the door
   * (401, 429), says nothing of what came before it.
   */
  async #settle(
    result: HttpResult,
    order: SupplyOrder,
    time: Budget,
    isRepeat: boolean,
  ): Promise<SupplyResult | undefined> {
    const nothingDone = isRepeat ? UNKNOWN : UNAVAILABLE;
    if (isNotSent(result)) return nothingDone;
    const verdict = this.#read(result, order, time.since);
    switch (verdict?.kind) {
      case undefined:
      case 'fault':
      case 'unknown-order':
        return undefined;
      case 'processing':
        return this.#poll(order, time);
      case 'rejected':
        return nothingDone;
      default:
        return verdict;
    }
  }

  /** Asks after an order in process until it has ended or the budget has. */
  async #poll(order: SupplyOrder, { since, until }: Budget): Promise<SupplyResult> {
    const { clock } = this.#deps;
    let wait = this.#config.pollMs;
    while (clock.now() + wait < until) {
      await this.#wait(wait);
      const verdict = await this.#askOutcome(order, until - clock.now(), since);
      if (verdict.kind === 'approved' || verdict.kind === 'refused' || verdict.kind === 'unavailable') {
        return verdict;
      }
      wait = Math.min(wait * 2, this.#config.pollMs * POLL_GROWTH_MAX);
    }
    this.#fault(order, 'timeout');
    return UNKNOWN;
  }

  async #askOutcome(order: SupplyOrder, timeoutMs: number, since = this.#deps.clock.now()): Promise<Verdict> {
    const result = await this.#send(order, 'GET', orderPath(order), undefined, timeoutMs);
    return this.#read(result, order, since) ?? UNKNOWN;
  }

  async #askAccount(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    const since = this.#deps.clock.now();
    const result = await this.#send(order, 'POST', '/v1/inquiries', inquiryBody(order), timeoutMs);
    const verdict = this.#read(result, order, since);
    return verdict?.kind === 'approved' || verdict?.kind === 'refused' ? verdict : UNAVAILABLE;
  }

  /** `since`: when the order that this answers was first sent. */
  #read(result: HttpResult, order: SupplyOrder, since: number): Verdict | undefined {
    if (result.kind !== 'answer') return undefined;
    const verdict = readAnswer(result.status, result.body, order, this.#meanings);
    if (verdict.kind === 'fault') this.#fault(order, verdict.fault);
    else if (verdict.kind === 'rejected') this.#fault(order, 'rejected');
    // One in process is judged by its last word.
    else if (verdict.kind !== 'processing') this.#answered(order, since);
    return verdict;
  }

  #answered(order: SupplyOrder, since: number): void {
    if (this.#health.isSlow(since)) this.#fault(order, 'slow');
    else this.#health.good();
  }

  async #send(
    order: SupplyOrder,
    method: HttpRequest['method'],
    path: string,
    body: string | undefined,
    timeoutMs: number,
  ): Promise<HttpResult> {
    const headers = { ...this.#headers, 'idempotency-key': order.reference };
    const result = await this.#exchange.send({ method, path, headers, body }, timeoutMs);
    if (result.kind !== 'answer')
      this.#fault(order, result.kind === 'not-sent' ? 'unavailable' : result.kind);
    return result;
  }

  #fault(order: SupplyOrder, event: SupplyEvent): void {
    // An order that could not be sent is counted once, by its result.
    if (event !== 'unavailable') this.#count(event);
    this.#deps.log?.warn({ supplier: this.name, reference: order.reference, event }, 'supplier fault');
    if (event !== 'over-limit' && this.#health.fault()) {
      this.#count('rest');
      this.#deps.log?.warn({ supplier: this.name, restMs: this.#config.restMs }, 'supplier rests');
    }
  }

  #count(event: SupplyEvent): void {
    this.#deps.counters.add(event, this.name);
  }

  #validUntil(order: SupplyOrder): number {
    return order.orderedAt + this.#config.orderLifeMs;
  }

  #isPastLife(order: SupplyOrder): boolean {
    return this.#deps.clock.now() > this.#validUntil(order) + this.#config.clockSkewMs;
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.clock.after(delayMs, resolve);
    });
  }
}

function headersOf(config: HttpSupplierConfig): Record<string, string> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  return config.token === undefined ? headers : { ...headers, authorization: `Bearer ${config.token}` };
}

function orderPath(order: SupplyOrder): string {
  return `/v1/orders/${encodeURIComponent(order.reference)}`;
}

function isNotSent(result: HttpResult): boolean {
  return result.kind === 'not-sent' || result.kind === 'over-limit';
}

function isWorthRepeating(result: HttpResult): boolean {
  return result.kind === 'lost' || (result.kind === 'answer' && WORTH_REPEATING.has(result.status));
}

function notDone(): SupplyResult {
  return { kind: 'refused', reason: 'supplier-down', supplierReason: '' };
}
