/**
 * PINs about to expire are moved to where they still sell. A switch that holds clearly more of them than it is expected
 * to sell in time is asked for the rest, as far as others are expected to sell it; what of them lies at the hub goes to
 * those that have the most room. Where stock is short there is nothing to push: they are sold first everywhere.
 */
import type { Site } from './sites.js';
import type { PolicySettings } from './terms.js';

export interface Portion {
  readonly site: Site;
  readonly count: number;
}

export interface ExpiringMoves {
  /** Not more in all than of them is at the hub. */
  readonly give: readonly Portion[];
  readonly recall: readonly Portion[];
}

export function moveExpiring(
  sites: readonly Site[],
  here: number,
  { giveBelow, recallAbove }: PolicySettings,
): ExpiringMoves {
  const connected = sites.filter((site) => site.connected);
  const rooms = connected
    .filter(({ expiring, sellsSoon }) => expiring < giveBelow * sellsSoon)
    .map((site) => ({ site, count: roomAt(site) }))
    .filter(({ count }) => count >= 1)
    .sort((a, b) => b.count - a.count);
  const room = rooms.reduce((sum, { count }) => sum + count, 0);
  const excesses = connected
    .filter(({ expiring, sellsSoon }) => expiring > recallAbove * sellsSoon)
    .map((site) => ({ site, count: Math.floor(Math.min(site.expiring - site.sellsSoon, site.held)) }))
    .filter(({ count }) => count >= 1)
    .sort((a, b) => b.count - a.count);
  return { give: portions(rooms, here), recall: portions(excesses, room - here) };
}

const roomAt = ({ expiring, sellsSoon, ceiling, held }: Site): number =>
  Math.floor(Math.min(sellsSoon - expiring, ceiling - held));

/** In order, until `total` is reached. */
function portions(wanted: readonly Portion[], total: number): Portion[] {
  let left = total;
  const taken: Portion[] = [];
  for (const { site, count } of wanted) {
    const portion = Math.min(count, left);
    if (portion <= 0) break;
    left -= portion;
    taken.push({ site, count: portion });
  }
  return taken;
}
