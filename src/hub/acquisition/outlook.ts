/** What a decision to order looks at besides the orders: what the network has, is to hold, and is expected to sell. */
import type { Clock } from '../../base/clock.js';
import type { Store } from '../../store/store.js';
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
  /** What its switches are to hold, all together. */
  readonly desired: ReadonlyMap<string, number>;
  readonly demand: Demand;
}

export interface OutlookDeps {
  readonly store: Pick<Store, 'holdings' | 'demand'>;
  readonly clock: Clock;
  /** Levels that the switches are to have, as decided last. */
  readonly desired: () => Promise<readonly { readonly product: string; readonly desired: number }[]>;
}

export class Outlooks {
  readonly #deps: OutlookDeps;
  #demand: { readonly at: number; readonly value: Demand } | undefined;

  constructor(deps: OutlookDeps) {
    this.#deps = deps;
  }

  async now(): Promise<Outlook> {
    const { store, desired } = this.#deps;
    const [demand, levels, holdings] = await Promise.all([this.#learnt(), desired(), store.holdings()]);
    const forSale = holdings.filter(({ custody }) => FOR_SALE.has(custody));
    return {
      onHand: sums(forSale.map(({ product, count }) => [product, count])),
      desired: sums(levels.map((level) => [level.product, level.desired])),
      demand,
    };
  }

  async #learnt(): Promise<Demand> {
    const now = this.#deps.clock.now();
    if (this.#demand && Math.abs(now - this.#demand.at) < DEMAND_MS) return this.#demand.value;
    const until = Math.floor(now / HOUR_MS) * HOUR_MS;
    const since = until - LEARNT_HOURS * HOUR_MS;
    const rows = await this.#deps.store.demand(since);
    const whole = rows.filter(({ hour }) => hour < until);
    const value = Demand.of(whole, since, until);
    this.#demand = { at: now, value };
    return value;
  }
}

function sums(rows: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const byProduct = new Map<string, number>();
  for (const [product, count] of rows) byProduct.set(product, (byProduct.get(product) ?? 0) + count);
  return byProduct;
}
