/**
 * What to give and what to recall now, product by product. A connected switch is given up to its fair share once it holds
 * clearly less than that and less than its low level; if the hub's own stock does not suffice, those that hold
 * clearly more than their share are asked for the rest, the richest first. Between the two a switch is left alone, so stock does not swing.
 */
import { Levels } from './levels.js';
import { fairShares, type Site } from './share.js';
import type { PolicyInput, StockLevel, StockPlan, StockRecall, SwitchStock } from './terms.js';

export function planStock(input: PolicyInput): StockPlan {
  const { now, settings, demand } = input;
  const span = settings.surviveMs + settings.restockMs;
  const active = input.switches.filter((one) => one.connected || now - one.seenAt < settings.silentMs);
  const levels = new Levels(
    settings,
    demand,
    now,
    active.map(({ id }) => id),
    input.products,
  );
  const held = heldBy(input);
  const plan = { levels: [] as StockLevel[], give: [] as SwitchStock[], recall: [] as StockRecall[] };
  for (const product of input.products) {
    const sites = active.map(({ id, connected, seenAt }): Site => {
      const told = held.get(product)?.get(id) ?? 0;
      const sold = connected ? 0 : demand.expected(id, product, seenAt, now).mean;
      return {
        id,
        connected,
        held: Math.max(told - sold, 0),
        need: (part) => demand.expected(id, product, now, now + part * span).mean,
        ...levels.of(id, product),
      };
    });
    move(plan, product, sites, input.central.get(product) ?? 0, input.settings);
  }
  return plan;
}

function heldBy({ stock }: PolicyInput): Map<string, Map<number, number>> {
  const held = new Map<string, Map<number, number>>();
  for (const { switchId, product, count } of stock) {
    const row = held.get(product) ?? new Map<number, number>();
    held.set(product, row.set(switchId, count));
  }
  return held;
}

interface Plan {
  readonly levels: StockLevel[];
  readonly give: SwitchStock[];
  readonly recall: StockRecall[];
}

function move(
  plan: Plan,
  product: string,
  sites: readonly Site[],
  central: number,
  { reserveShare, giveBelow, recallAbove }: PolicyInput['settings'],
): void {
  const all = sites.reduce((sum, site) => sum + site.held, central);
  const full = sites.reduce((sum, site) => sum + site.high, 0);
  const reserve = all < full / (1 - reserveShare) ? all * reserveShare : 0;
  const fair = fairShares(sites, all - reserve);
  const wants: { site: Site; count: number; cover: number }[] = [];
  const rich: { site: Site; count: number; cover: number }[] = [];
  for (const [i, site] of sites.entries()) {
    const share = fair[i] ?? 0;
    const { id: switchId, low, high: desired } = site;
    plan.levels.push({ switchId, product, low, desired, share: Math.round(share) });
    if (!site.connected) continue;
    const cover = site.held / Math.max(share, 0.01);
    const short = Math.round(share) - site.held;
    if (short >= 1 && site.held < Math.min(site.low, giveBelow * share))
      wants.push({ site, count: short, cover });
    const over = Math.floor(site.held - share);
    if (over >= 1 && site.held > recallAbove * share) rich.push({ site, count: over, cover });
  }
  wants.sort((a, b) => a.cover - b.cover);
  let left = central;
  let unmet = 0;
  for (const { site, count } of wants) {
    const given = Math.min(count, left);
    left -= given;
    unmet += count - given;
    if (given > 0) plan.give.push({ switchId: site.id, product, count: given });
  }
  if (left < reserve / 2) unmet += Math.ceil(reserve - left);
  rich.sort((a, b) => b.cover - a.cover);
  for (const { site, count } of rich) {
    const taken = Math.min(count, unmet);
    unmet -= taken;
    if (taken > 0) plan.recall.push({ switchId: site.id, product, count: taken, first: 'latest' });
  }
}
