/**
 * What to give and what to recall now, product by product: first what is about to expire, then by fair shares of what there
 * is. Fast enough to be asked every second: some milliseconds for 50 switches and 20 products.
 */
import { moveExpiring, type Portion } from './expiring.js';
import { restock } from './restock.js';
import { fairShares } from './share.js';
import { type Site, Sites } from './sites.js';
import type {
  PolicyInput,
  PolicySettings,
  StockLevel,
  StockPlan,
  StockRecall,
  SwitchStock,
} from './terms.js';

export function planStock(input: PolicyInput): StockPlan {
  const sites = new Sites(input);
  const levels: StockLevel[] = [];
  const give: SwitchStock[] = [];
  const recall: StockRecall[] = [];
  for (const product of input.products) {
    const all = sites.of(product);
    const central = input.central.get(product) ?? 0;
    const plan = planProduct(all, central, sites.expiringHere(product), input.settings);
    for (const [i, { id, low, high }] of all.entries()) {
      const share = Math.round(plan.shares[i] ?? 0);
      levels.push({ switchId: id, product, low, desired: high, share });
    }
    for (const { site, count } of plan.give) give.push({ switchId: site.id, product, count });
    for (const { site, count, first } of plan.recall) {
      recall.push({ switchId: site.id, product, count, first });
    }
  }
  return { levels, give, recall };
}

interface ProductPlan {
  readonly shares: readonly number[];
  readonly give: readonly Portion[];
  readonly recall: readonly (Portion & Pick<StockRecall, 'first'>)[];
}

function planProduct(
  sites: readonly Site[],
  central: number,
  expiringHere: number,
  settings: PolicySettings,
): ProductPlan {
  const { reserveShare } = settings;
  const present = sites.filter(({ gone }) => !gone);
  const coming = present.reduce((sum, site) => sum + (site.connected ? site.recalling : 0), 0);
  const all = present.reduce((sum, { held }) => sum + held, central + coming);
  const full = present.reduce((sum, { high }) => sum + high, 0);
  const isShort = all * (1 - reserveShare) < full;
  const reserve = isShort ? all * reserveShare : 0;
  const shares = fairShares(sites, all - reserve);
  const expiring = moveExpiring(sites, isShort ? 0 : Math.min(expiringHere, central), settings);
  const given = expiring.give.reduce((sum, { count }) => sum + count, 0);
  const moved = new Set([...expiring.give, ...expiring.recall].map(({ site }) => site));
  const rest = sites
    .map((site, i) => ({ site, share: shares[i] ?? 0 }))
    .filter(({ site }) => !moved.has(site));
  const ordinary = restock(rest, { central: central - given, reserve, coming }, settings);
  return {
    shares,
    give: [...expiring.give, ...ordinary.give],
    recall: [
      ...expiring.recall.map((one) => ({ ...one, first: 'soonest' as const })),
      ...ordinary.recall.map((one) => ({ ...one, first: 'latest' as const })),
    ],
  };
}
