/** What a decision to order looks at besides the orders: what the network has, is to hold, and is expected to sell. */
import type { Clock } from '../../base/clock.js';
import type { Store } from '../../store/store.js';
import { type DesiredLevel, desiredLevels } from '../keeper/desired.js';
import { Demand } from '../policy/policy.js';

const HOUR_MS = 3_600_000;
/** Demand is learnt over so many hours: four weeks. */
const LEARNT_HOURS = 672;
/** Demand is put together anew after so long; the hour under way is no part of it. Milliseconds. */
const DEMAND_MS = 300_000;
/** Where a PIN is still for sale. */
const FOR_SALE: ReadonlySet<string> = new Set(['stock', 'transit', 'away']);

export interface Outlook {
  /** PINs for sale in the whole network, by product. */
  readonly onHand: ReadonlyMap<string, number>;
  /** What its switches are to hold, as decided last; of all products. */
  readonly levels: readonly DesiredLevel[];
  readonly demand: Demand;
}

export class Outlooks {
  readonly #store: Store;
  readonly #clock: Clock;
  #demand: { readonly at: number; readonly value: Demand } | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async now(): Promise<Outlook> {
    const [demand, levels, holdings] = await Promise.all([
      this.#learnt(),
      desiredLevels(this.#store),
      this.#store.holdings(),
    ]);
    const onHand = new Map<string, number>();
    for (const { product, custody, count } of holdings) {
      if (FOR_SALE.has(custody)) onHand.set(product, (onHand.get(product) ?? 0) + count);
    }
    return { onHand, levels, demand };
  }

  async #learnt(): Promise<Demand> {
    const now = this.#clock.now();
    if (this.#demand && Math.abs(now - this.#demand.at) < DEMAND_MS) return this.#demand.value;
    const until = Math.floor(now / HOUR_MS) * HOUR_MS;
    const since = until - LEARNT_HOURS * HOUR_MS;
    const rows = await this.#store.demand(since);
    const whole = rows.filter(({ hour }) => hour < until);
    const value = Demand.of(whole, since, until);
    this.#demand = { at: now, value };
    return value;
  }
}
