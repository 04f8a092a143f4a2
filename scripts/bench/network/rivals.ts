/**
 * Simple policies, to stand beside the real one. None of them recalls; what a silent switch lacks waits until it is back as
 * far as others leave it. Each of them brings every connected switch up to a level:
 */
import type { Demand, PolicyInput, StockPlan, SwitchStock } from '../../../src/hub/policy/policy.js';
import { byProductOf, DAY } from './world.js';

type Planner = (input: PolicyInput) => StockPlan;

/** What there is, in equal parts. */
export const equalSplit: Planner = (input) => {
  const totals = new Map(input.central);
  for (const { product, count } of input.stock) totals.set(product, (totals.get(product) ?? 0) + count);
  return filled(input, (_, product) => (totals.get(product) ?? 0) / input.switches.length);
};

/** So many days of what it sold on the average before the beginning. */
export const fixedLevel = (days: number): Planner => {
  let first: Demand | undefined;
  return (input) => {
    first ??= input.demand;
    return filled(input, perDay(input, first, days));
  };
};

/** So many days of what it sold on the average of late. */
export const averageCover =
  (days: number): Planner =>
  (input) =>
    filled(input, perDay(input, input.demand, days));

const perDay =
  ({ now }: PolicyInput, demand: Demand, days: number) =>
  (id: number, product: string) =>
    (demand.expected(id, product, now, now + 7 * DAY).mean / 7) * days;

/** In parts of what each lacks, where the hub has less. */
function filled(input: PolicyInput, levelOf: (id: number, product: string) => number): StockPlan {
  const connected = new Set(input.switches.filter((one) => one.connected).map(({ id }) => id));
  const byProduct = byProductOf(input.stock.filter(({ switchId }) => connected.has(switchId)));
  const give: SwitchStock[] = [];
  for (const [product, central] of input.central) {
    const lacks = (byProduct.get(product) ?? []).map((one) => ({
      ...one,
      count: Math.max(Math.ceil(levelOf(one.switchId, product)) - one.count, 0),
    }));
    const all = lacks.reduce((sum, { count }) => sum + count, 0);
    const part = all > central ? central / all : 1;
    for (const one of lacks) {
      const count = Math.floor(one.count * part);
      if (count > 0) give.push({ ...one, count });
    }
  }
  return { levels: [], give, recall: [] };
}
