/**
 * Fair shares of one product: what each switch is to hold of what there is. Where there is enough, its high level. Where
 * there is not, all are filled to one mark, first to the same time until they run out, up to the time that they are to survive,
 * then to the same part of what they keep against the spread of demand, then of their lots. What a silent switch holds
 * stays where it is; what it lacks waits for it at the hub.
 */
import type { Site } from './sites.js';

/** Marks: up to 1 by time, up to 2 the spread, up to 3 the lot. */
const MARK_MAX = 3;
const BISECTIONS = 18;

/** By site; their sum is at most `available` but for floors, and for what silent switches hold. */
export function fairShares(sites: readonly Site[], available: number): number[] {
  const at = (mark: number) => sites.map((site) => filled(site, mark));
  const fits = (mark: number) => sites.reduce((sum, site) => sum + filled(site, mark), 0) <= available;
  if (fits(MARK_MAX)) return at(MARK_MAX);
  let [low, high] = [0, MARK_MAX];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return at(low);
}

function filled(site: Site, mark: number): number {
  if (site.gone) return 0;
  const level = Math.min(Math.max(levelAt(site, mark), site.floor), site.ceiling);
  return site.connected ? level : Math.max(level, site.held);
}

function levelAt({ need, low, high }: Site, mark: number): number {
  if (mark <= 1) return Math.min(need(mark), low);
  if (mark <= 2) return Math.min(need(1), low) * (2 - mark) + low * (mark - 1);
  return low + (high - low) * (mark - 2);
}
