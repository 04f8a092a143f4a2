/**
 * One vendor's open orders, brought on step by step, oldest first: told to the vendor, asked after, their deliveries
 * taken in, ended. A vendor that cannot be reached is left alone for growing waits; an order of which nothing comes
 * is asked after in growing waits of its own.
 *
 * Stops: an order stands in the books before the vendor hears of it, so one that stands there and not yet as accepted
 * is told again, under the same reference. Every other step is a question, or the books' own.
 */
import { safeText } from '../../base/errors.js';
import type { OrderMove, VendorOrder } from '../../store/store.js';
import { AWAY, type Fault, type VendorRequest } from '../vendors/api.js';
import { VendorClient } from '../vendors/client.js';
import type { VendorConfig } from '../vendors/schema.js';
import { takeDelivery } from './deliveries.js';
import type { AcquisitionDeps } from './events.js';
import { Rounds } from './rounds.js';
import { Wait } from './waits.js';

/** With no order open, it waits to be woken; this is only so that none is ever forgotten. */
const IDLE_MS = 60_000;

interface Pace {
  readonly wait: Wait;
  nextAt: number;
}

/** What a step came to. */
type Step = 'moved' | 'ended' | 'waits' | Fault;

export class Follower {
  readonly name: string;
  readonly #config: VendorConfig;
  readonly #deps: AcquisitionDeps;
  readonly #client: VendorClient;
  readonly #rounds: Rounds;
  readonly #away: Wait;
  #awayUntil = 0;
  /** By reference, of open orders alone. */
  #paces = new Map<string, Pace>();

  constructor(config: VendorConfig, deps: AcquisitionDeps) {
    this.name = config.name;
    this.#config = config;
    this.#deps = deps;
    this.#client = new VendorClient(config, deps.clock);
    this.#away = new Wait(config.awayMs, config.awayMaxMs);
    this.#rounds = new Rounds(deps.clock, () => this.#round());
  }

  /** Whether it could not be reached last time. */
  isAway(): boolean {
    return this.#awayUntil > 0;
  }

  /** There may be a new order. */
  wake(): void {
    this.#rounds.wake();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#client.close(), this.#rounds.stop()]);
  }

  async #round(): Promise<number> {
    try {
      return await this.#follow();
    } catch (error) {
      // The store's: full, busy or broken. Whoever opened it is told of a broken one.
      this.#deps.log.error({ vendor: this.name, error: safeText(error) }, 'orders could not be followed');
      return this.#config.pollMaxMs;
    }
  }

  /** Milliseconds until there is something to do again. */
  async #follow(): Promise<number> {
    const { clock, store } = this.#deps;
    const left = leftOf(this.#awayUntil, clock.now(), this.#away.maxMs);
    if (left > 0) return left;
    const { open } = await store.orderBook();
    const own = open.filter(({ vendor }) => vendor === this.name);
    this.#paces = new Map(own.map(({ reference }) => [reference, this.#paceOf(reference)]));
    for (const order of own) {
      const pace = this.#paceOf(order.reference);
      if (leftOf(pace.nextAt, clock.now(), pace.wait.maxMs) > 0) continue;
      const step = await this.#advance(order);
      if (typeof step === 'object') this.#fault(order, step);
      if (this.#awayUntil > 0) return Math.max(this.#awayUntil - clock.now(), 1);
      if (step === 'moved') pace.wait.begin();
      if (step === 'ended') this.#paces.delete(order.reference);
      pace.nextAt = clock.now() + pace.wait.take();
    }
    const next = Math.min(...[...this.#paces.values()].map(({ nextAt }) => nextAt));
    return Math.min(Math.max(next - clock.now(), 1), IDLE_MS);
  }

  #paceOf(reference: string): Pace {
    const { pollMs, pollMaxMs } = this.#config;
    return this.#paces.get(reference) ?? { wait: new Wait(pollMs, pollMaxMs), nextAt: 0 };
  }

  async #advance(order: VendorOrder): Promise<Step> {
    const { reference, code: product, quantity } = order;
    const request: VendorRequest = { reference, product, quantity };
    if (order.state === 'intended') {
      const answer = await this.#client.place(request);
      if (answer.kind === 'fault') return answer;
      this.#reached();
      if (answer.kind === 'refused') return this.#move(order, 'refused', answer.reason);
      if ((await this.#move(order, 'accepted')) === 'ended') return 'ended';
    }
    const status = await this.#client.look(request);
    if (status.kind === 'fault') return status;
    this.#reached();
    const has = new Set(order.deliveries.map(({ delivery, sha256 }) => `${delivery} ${sha256}`));
    const lacking = status.deliveries.filter(({ id, sha256 }) => !has.has(`${id} ${sha256}`));
    let failed: Fault | undefined;
    for (const listed of lacking) {
      const fault = await takeDelivery(this.#deps, this.#client, order, listed);
      if (fault && AWAY.has(fault.fault)) return fault;
      failed ??= fault;
    }
    // The order must not end without it.
    if (failed) return failed;
    if (status.state === 'accepted')
      return lacking.length > 0 || order.state === 'intended' ? 'moved' : 'waits';
    return this.#move(order, status.state, status.reason);
  }

  async #move(order: VendorOrder, to: Exclude<OrderMove['to'], 'cancelled'>, why = ''): Promise<Step> {
    const { store, clock, log, counters } = this.#deps;
    const { reference, vendor, product, quantity } = order;
    const moved = await store.moveOrder({ reference, to, by: '', why, at: clock.now() });
    // Given up by a decision meanwhile.
    if (moved.kind !== 'moved') return 'ended';
    counters.add(to, vendor);
    const about = { vendor, reference, product, quantity, ...(why === '' ? {} : { why }) };
    if (to === 'refused') log.warn(about, 'order refused');
    else log.info(about, to === 'accepted' ? 'order accepted' : 'order complete');
    return to === 'accepted' ? 'moved' : 'ended';
  }

  #fault({ reference }: VendorOrder, { fault }: Fault): void {
    const { clock, counters, log } = this.#deps;
    counters.add(fault, this.name);
    log.warn({ vendor: this.name, reference, fault }, 'vendor fault');
    if (AWAY.has(fault)) this.#awayUntil = clock.now() + this.#away.take();
  }

  #reached(): void {
    this.#awayUntil = 0;
    this.#away.begin();
  }
}

/** Milliseconds; none where it is further off than any wait, because the clock was set back. */
function leftOf(until: number, now: number, maxMs: number): number {
  return until - now > maxMs ? 0 : until - now;
}
