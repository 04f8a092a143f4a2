/**
 * The simulated hub's orders. It looks at the network's stock every hour and orders as the policy says; the supplier delivers
 * after a lead time, every fifth order in two parts, the second half a day late. The lead times that were seen teach the next order.
 */
import {
  type Demand,
  leadTimeOf,
  type PolicySettings,
  planOrders,
  type StockLevel,
} from '../../../src/hub/policy/policy.js';
import { Chance } from './chance.js';
import { type Delivery, leadTime } from './supply.js';
import { byProductOf, DAY, productName, START, type WorldSize } from './world.js';

const IN_PARTS = 0.2;
/** There is so much at the start of what the network sells on the average. */
const FIRST_DAYS = 6;

interface UnderWay {
  readonly at: number;
  readonly count: number;
  /** Milliseconds, of the order's last part. */
  readonly lead: number;
}

export class OrderDesk {
  readonly #chance: Chance;
  readonly #settings: PolicySettings['orders'];
  readonly #underWay: UnderWay[][];
  readonly #leads: number[] = [];
  orders = 0;

  constructor(seed: number, size: WorldSize, settings: PolicySettings['orders']) {
    this.#chance = new Chance(seed);
    this.#settings = settings;
    this.#underWay = Array.from({ length: size.products }, () => []);
  }

  /** At the start. */
  first(demand: Demand): Delivery[] {
    return this.#underWay.map((_, product) => {
      const { mean } = demand.network(productName(product), START, START + 7 * DAY);
      return { at: START, product, count: Math.ceil((mean * FIRST_DAYS) / 7) };
    });
  }

  hourly(at: number, onHand: readonly number[], levels: readonly StockLevel[], demand: Demand): Delivery[] {
    const lead = leadTimeOf(this.#leads, this.#settings);
    const byProduct = byProductOf(levels);
    return this.#underWay.flatMap((underWay, index) => {
      for (let one = underWay[0]; one && one.at <= at; one = underWay[0]) {
        this.#leads.push(one.lead);
        underWay.shift();
      }
      const product = productName(index);
      const { quantity } = planOrders({
        product,
        now: at,
        onHand: onHand[index] ?? 0,
        onOrder: underWay.reduce((sum, { count }) => sum + count, 0),
        levels: byProduct.get(product) ?? [],
        lead,
        demand,
        settings: this.#settings,
      });
      return quantity > 0 ? this.#place(at, index, quantity) : [];
    });
  }

  #place(at: number, product: number, quantity: number): Delivery[] {
    this.orders += 1;
    const lead = leadTime(this.#chance);
    const parts = this.#chance.next() < IN_PARTS ? 2 : 1;
    const counts = parts === 1 ? [quantity] : [Math.ceil(quantity / 2), Math.floor(quantity / 2)];
    const deliveries = counts.map((count, part) => ({ at: at + lead + (part * DAY) / 2, product, count }));
    const underWay = this.#underWay[product] ?? [];
    underWay.push(...deliveries.map((one) => ({ at: one.at, count: one.count, lead: one.at - at })));
    underWay.sort((a, b) => a.at - b.at);
    return deliveries;
  }
}
