/**
 * Whom to ask for a product: its route's suppliers that may be asked now, first the one to try first. In the route's
 * order; or, where it has weights, drawn by them, and drawn again among the rest, so that a supplier that is passed
 * over leaves its share to the others by their weights. Our own stock is none of them (pinSales.ts).
 */
import type { Random } from '../base/random.js';
import type { Product } from '../domain/product.js';
import type { Supplier } from '../supply/supply.js';
import type { SwitchContext } from './context.js';

type Routed = Pick<SwitchContext, 'suppliers' | 'random'>;

export function routeOf({ suppliers, random }: Routed, { route, weights }: Product): Supplier[] {
  const ready: Supplier[] = [];
  const shares: number[] = [];
  for (const [at, name] of route.entries()) {
    const supplier = suppliers.get(name);
    if (!supplier?.ready()) continue;
    ready.push(supplier);
    shares.push(weights?.[at] ?? 1);
  }
  return weights ? drawn(ready, shares, random) : ready;
}

/** All of them, each place drawn among those that are left; shares are whole numbers from 1. */
export function drawn<T>(items: readonly T[], shares: readonly number[], random: Pick<Random, 'int'>): T[] {
  const left = items.map((item, at) => ({ item, share: shares[at] ?? 1 }));
  const order: T[] = [];
  while (left.length > 1) {
    let point = random.int(left.reduce((sum, { share }) => sum + share, 0));
    const at = left.findIndex(({ share }) => {
      point -= share;
      return point < 0;
    });
    for (const { item } of left.splice(at, 1)) order.push(item);
  }
  return [...order, ...left.map(({ item }) => item)];
}
