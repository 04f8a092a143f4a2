/**
 * What a clairvoyant sells that sees all demand and pools all stock: a unit can meet a demand if it had reached the hub
 * by that switch's last contact before the demand. The sets of units that can meet a demand are nested by that instant, so
 * serving demands in its order, each from whatever has arrived, is the exact optimum.
 */
import { LinkFollower, type Links } from './links.js';
import type { Delivery } from './supply.js';
import type { Demands, WorldSize } from './world.js';

/** Says of every demand whether it was met. */
export function clairvoyant(
  size: WorldSize,
  demands: Demands,
  links: Links,
  deliveries: readonly Delivery[],
): Uint8Array {
  const followers = links.map((turns) => new LinkFollower(turns));
  const contact = new Float64Array(demands.count);
  for (let i = 0; i < demands.count; i++) {
    contact[i] = followers[demands.switchAt[i] ?? 0]?.lastContact(demands.at[i] ?? 0) ?? 0;
  }
  const order = Uint32Array.from({ length: demands.count }, (_, i) => i);
  order.sort((a, b) => (contact[a] ?? 0) - (contact[b] ?? 0));
  const left = new Int32Array(size.products);
  const met = new Uint8Array(demands.count);
  let next = 0;
  for (const i of order) {
    for (let one = deliveries[next]; one && one.at <= (contact[i] ?? 0); one = deliveries[++next]) {
      left[one.product] = (left[one.product] ?? 0) + one.count;
    }
    const product = demands.productAt[i] ?? 0;
    if ((left[product] ?? 0) === 0) continue;
    left[product] = (left[product] ?? 0) - 1;
    met[i] = 1;
  }
  return met;
}
