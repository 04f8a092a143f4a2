/**
 * Who is given how much, and who is asked to give back. A connected switch is given up to its fair share once it holds
 * clearly less than that and less than its low level, the emptiest first. If the hub's own stock does not suffice,
 * those that hold clearly more than their share are asked for what is lacking, the richest first. Between the two a
 * switch is left alone, so that stock does not swing.
 */
import type { Portion } from './expiring.js';
import type { Site } from './sites.js';
import type { PolicySettings } from './terms.js';

/** PINs; a share below it counts as so much where a switch's cover is compared. */
const SHARE_MIN = 0.01;

export interface Restocking {
  readonly give: readonly Portion[];
  readonly recall: readonly Portion[];
}

interface Stand extends Portion {
  /** What it holds, in shares. */
  readonly cover: number;
}

export interface Shared {
  readonly site: Site;
  readonly share: number;
}

/** PINs at the hub: what is for sale, what of it is to stay for whoever sells better than expected, what is on its way back. */
export interface HubStock {
  readonly central: number;
  readonly reserve: number;
  readonly coming: number;
}

export function restock(
  sites: readonly Shared[],
  { central, reserve, coming }: HubStock,
  settings: PolicySettings,
): Restocking {
  const poor: Stand[] = [];
  const rich: Stand[] = [];
  for (const { site, share } of sites) {
    if (!site.connected) continue;
    const cover = site.held / Math.max(share, SHARE_MIN);
    const lacks = Math.round(share) - site.held;
    const spare = Math.floor(site.held - share);
    if (lacks >= 1 && site.held < Math.min(site.low, settings.giveBelow * share)) {
      poor.push({ site, count: lacks, cover });
    }
    if (spare >= 1 && cover > settings.recallAbove) rich.push({ site, count: spare, cover });
  }
  const give: Portion[] = [];
  let left = central;
  let lacking = 0;
  for (const { site, count } of poor.sort((a, b) => a.cover - b.cover)) {
    const given = Math.min(count, left);
    left -= given;
    lacking += count - given;
    if (given > 0) give.push({ site, count: given });
  }
  // A reserve that is half gone is filled again, not one PIN at a time.
  if (left < reserve / 2) lacking += Math.ceil(reserve - left);
  return { give, recall: takenFrom(rich, lacking - coming) };
}

function takenFrom(rich: Stand[], lacking: number): Portion[] {
  const recall: Portion[] = [];
  let left = lacking;
  for (const { site, count } of rich.sort((a, b) => b.cover - a.cover)) {
    const taken = Math.min(count, left);
    // More than it may hold goes back in any case.
    const back = Math.max(taken, site.held - site.ceiling);
    if (taken > 0) left -= taken;
    if (back > 0) recall.push({ site, count: back });
  }
  return recall;
}
