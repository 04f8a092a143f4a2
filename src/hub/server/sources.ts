/**
 * Where an ask is served from: how PINs or a merchant's money are given, and which connected switch has most to spare.
 * Of PINs, that is the switch whose stock lasts longest at what it sold in the last day; of money, where most is left.
 */

import type { Clock } from '../../base/clock.js';
import { dateAt } from '../../base/dates.js';
import type { DemandHour, NetworkSwitch, PendingRecall, RecallOrder, Store } from '../../store/store.js';
import { type AskRequest, WIRE_LIMITS } from '../wire/messages.js';
import type { Wanted } from './asks.js';
import type { HubLimits } from './settings.js';

const DAY_MS = 86_400_000;
/** Sales of a switch that sold none: so that of two such the one with more stock lasts longer. */
const IDLE_SALES = 0.5;

export interface SourceDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: HubLimits;
  readonly utcOffsetMinutes: number;
  connected(): ReadonlySet<number>;
  /** How far below zero a merchant's balance here may go, as a negative number; undefined: it has no account in that currency. */
  floorOf(merchant: string, currency: string): number | undefined;
}

type Order = Omit<RecallOrder, 'at'>;

export class Sources {
  readonly #deps: SourceDeps;
  #demand: { readonly at: number; readonly sold: ReadonlyMap<string, number> } | undefined;

  constructor(deps: SourceDeps) {
    this.#deps = deps;
  }

  wantedBy(by: NetworkSwitch, request: AskRequest): Wanted {
    return request.kind === 'pins' ? this.#pins(by, request) : this.#money(by, request);
  }

  #pins({ id }: NetworkSwitch, { product, count }: Extract<AskRequest, { kind: 'pins' }>): Wanted {
    const { store, clock, limits, utcOffsetMinutes } = this.#deps;
    return {
      count: Math.min(count, WIRE_LIMITS.transferPinsMax),
      give: (wanted, ask) => {
        const at = clock.now();
        const lot = Math.min(Math.max(wanted, limits.askLot), WIRE_LIMITS.transferPinsMax);
        const notBefore = dateAt(at, utcOffsetMinutes);
        return store.allocate({ switchId: id, product, count: lot, notBefore, ask, at });
      },
      source: (wanted, tried) => this.#richest(product, wanted, tried),
      pending: () => this.#pending('pins', product, ''),
      moving: () => this.#moving(id, product),
    };
  }

  #money({ id }: NetworkSwitch, request: Extract<AskRequest, { kind: 'lease' }>): Wanted {
    const { store, clock, limits, floorOf } = this.#deps;
    const { merchant, currency, amount } = request;
    const floor = floorOf(merchant, currency);
    return {
      count: amount,
      give: async (wanted, ask) => {
        if (floor === undefined) return { kind: 'nothing' };
        const lease = { switchId: id, merchant, currency, floor, ask, at: clock.now() };
        const most = Math.min(wanted * limits.askLease, Number.MAX_SAFE_INTEGER);
        return store.leaseOut({ ...lease, amount: most });
      },
      source: (wanted, tried) => this.#wealthiest(merchant, currency, wanted, tried),
      pending: () => this.#pending('lease', merchant, currency),
      // Money on its way is the switch's in these books already, and may be recalled from it.
      moving: async () => undefined,
    };
  }

  async #richest(product: string, wanted: number, tried: ReadonlySet<number>): Promise<Order | undefined> {
    const { store, limits } = this.#deps;
    const [holdings, sold] = await Promise.all([store.holdings(), this.#soldLately()]);
    const connected = this.#deps.connected();
    let best: { readonly switchId: number; readonly count: number; readonly lasts: number } | undefined;
    for (const { switchId, product: of, custody, count } of holdings) {
      if (of !== product || custody !== 'away' || count === 0) continue;
      if (!connected.has(switchId) || tried.has(switchId)) continue;
      const lasts = count / Math.max(sold.get(`${switchId} ${product}`) ?? 0, IDLE_SALES);
      if (!best || lasts > best.lasts) best = { switchId, count, lasts };
    }
    if (!best) return undefined;
    // Not more than half of what it has, but for what this very sale wants.
    const lot = Math.min(limits.askLot, Math.floor(best.count / 2));
    const count = Math.min(best.count, Math.max(wanted, lot), WIRE_LIMITS.transferPinsMax);
    return { switchId: best.switchId, kind: 'pins', of: product, currency: '', count, first: 'soonest' };
  }

  async #wealthiest(
    merchant: string,
    currency: string,
    wanted: number,
    tried: ReadonlySet<number>,
  ): Promise<Order | undefined> {
    const leases = await this.#deps.store.leases();
    const connected = this.#deps.connected();
    const [most] = leases
      .filter((one) => one.merchant === merchant && one.currency === currency && one.left > 0)
      .filter(({ switchId }) => connected.has(switchId) && !tried.has(switchId))
      .sort((one, other) => other.left - one.left);
    if (!most) return undefined;
    const count = Math.min(most.left, Math.max(wanted, Math.floor(most.left / 2)));
    return { switchId: most.switchId, kind: 'lease', of: merchant, currency, count, first: 'latest' };
  }

  async #pending(kind: RecallOrder['kind'], of: string, currency: string): Promise<readonly PendingRecall[]> {
    const recalls = await Promise.all([...this.#deps.connected()].map((id) => this.#deps.store.recalls(id)));
    return recalls.flat().filter((one) => one.kind === kind && one.of === of && one.currency === currency);
  }

  async #moving(asker: number, product: string): Promise<'here' | 'elsewhere' | undefined> {
    const connected = this.#deps.connected();
    const moving = (await this.#deps.store.holdings()).filter(
      (one) => one.product === product && one.custody === 'transit' && one.count > 0,
    );
    if (moving.some(({ switchId }) => switchId === asker)) return 'here';
    return moving.some(({ switchId }) => connected.has(switchId)) ? 'elsewhere' : undefined;
  }

  /** Sales of the last day by `SWITCH PRODUCT`. */
  async #soldLately(): Promise<ReadonlyMap<string, number>> {
    const { store, clock, limits } = this.#deps;
    const at = clock.now();
    if (!this.#demand || at - this.#demand.at >= limits.demandMs) {
      this.#demand = { at, sold: totals(await store.demand(at - DAY_MS)) };
    }
    return this.#demand.sold;
  }
}

function totals(hours: readonly DemandHour[]): ReadonlyMap<string, number> {
  const sold = new Map<string, number>();
  for (const { switchId, product, sold: count } of hours) {
    const key = `${switchId} ${product}`;
    sold.set(key, (sold.get(key) ?? 0) + count);
  }
  return sold;
}
