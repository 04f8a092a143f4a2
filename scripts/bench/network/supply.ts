/** What arrives at the simulated hub, and when. */
import { Chance } from './chance.js';
import { DAY, type Demands, HOUR, START, type WorldSize } from './world.js';

export interface Delivery {
  readonly at: number;
  /** Index. */
  readonly product: number;
  readonly count: number;
}

const FIRST_DAYS = 3;
const LEAD_MEAN_MS = 36 * HOUR;
const LEAD_MIN_MS = 12 * HOUR;

/** A lead time: never under half a day, a day and a half on the average, now and then four. */
export const leadTime = (chance: Chance): number =>
  LEAD_MIN_MS + chance.exponential(LEAD_MEAN_MS - LEAD_MIN_MS);

/**
 * A fixed share of each product's whole demand: three days' worth at the start, the rest ordered day by day and under way for
 * a supplier's lead time. The last order is placed early enough to arrive, on the average, before the last day.
 */
export function fixedSupply(seed: number, size: WorldSize, demands: Demands, share: number): Delivery[] {
  const chance = new Chance(seed);
  const totals = new Array<number>(size.products).fill(0);
  for (let i = 0; i < demands.count; i++) {
    const p = demands.productAt[i] ?? 0;
    totals[p] = (totals[p] ?? 0) + 1;
  }
  const deliveries: Delivery[] = [];
  for (const [product, total] of totals.entries()) {
    const whole = Math.round(total * share);
    const first = Math.round((whole * FIRST_DAYS) / size.days);
    deliveries.push({ at: START, product, count: first });
    const orders = size.days - FIRST_DAYS;
    let left = whole - first;
    for (let day = 0; day < orders; day++) {
      const count = Math.round(left / (orders - day));
      left -= count;
      const at = START + day * DAY + leadTime(chance);
      deliveries.push({ at: Math.min(at, START + (size.days - 1) * DAY), product, count });
    }
  }
  return deliveries.sort((a, b) => a.at - b.at);
}
