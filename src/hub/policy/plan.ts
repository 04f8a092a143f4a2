/** What to give and what to recall now, product by product. */
import type { PolicyInput, StockLevel, StockPlan, StockRecall, SwitchStock } from './terms.js';

export function planStock(input: PolicyInput): StockPlan {
  const { now, settings, demand } = input;
  const levels: StockLevel[] = [];
  const give: SwitchStock[] = [];
  const recall: StockRecall[] = [];
  const held = new Map(input.stock.map((one) => [`${one.switchId} ${one.product}`, one.count]));
  for (const product of input.products) {
    let central = input.central.get(product) ?? 0;
    for (const { id: switchId, connected } of input.switches) {
      const { mean, variance } = demand.expected(
        switchId,
        product,
        now,
        now + settings.surviveMs + settings.restockMs,
      );
      const desired = Math.ceil(mean + 2.33 * Math.sqrt(variance));
      levels.push({ switchId, product, desired });
      const short = desired - (held.get(`${switchId} ${product}`) ?? 0);
      const count = Math.min(short, central);
      if (!connected || count <= 0 || short < desired / 4) continue;
      central -= count;
      give.push({ switchId, product, count });
    }
  }
  return { levels, give, recall };
}
