/**
 * Desired levels. A switch is given more when it holds less than `low`: what it may sell with great probability until it can be
 * restocked, were the hub to go away now. It is then given up to `high`, a lot above. For a given number of transfers the
 * least stock lies at switches where lots grow with the square root of sales; so they do, and their mean over all
 * transfers is as configured.
 */
import type { Demand } from './demand.js';
import type { Pair } from './pair.js';
import { normalQuantile, quantile } from './quantile.js';
import type { LevelLimit, PolicySettings } from './terms.js';

const WEEK = 7 * 24 * 3_600_000;

export interface Level {
  readonly low: number;
  readonly high: number;
  readonly floor: number;
  readonly ceiling: number;
}

export class Levels {
  readonly #settings: PolicySettings;
  readonly #now: number;
  readonly #normal: number;
  /** PINs by the square root of a week's sales. */
  readonly #lotFactor: number;

  constructor(
    settings: PolicySettings,
    demand: Demand,
    now: number,
    switches: readonly number[],
    products: readonly string[],
  ) {
    this.#settings = settings;
    this.#now = now;
    this.#normal = normalQuantile(settings.serviceLevel);
    let roots = 0;
    let all = 0;
    for (const product of products) {
      for (const id of switches) {
        const mean = demand.pair(id, product).mean(now, now + WEEK);
        roots += Math.sqrt(mean);
        all += mean;
      }
    }
    this.#lotFactor = all > 0 ? (settings.pinsPerTransfer * roots) / all : 0;
  }

  of(switchId: number, product: string, pair: Pair): Level {
    const { surviveMs, restockMs, serviceLevel, lotMs, limits } = this.#settings;
    const { floor, ceiling } = boundsOf(limits, switchId, product);
    const within = (count: number) => Math.max(Math.min(count, ceiling), floor);
    const over = pair.expected(this.#now, this.#now + surviveMs + restockMs);
    const low = within(quantile(over, serviceLevel, this.#normal));
    const week = pair.mean(this.#now, this.#now + WEEK);
    const lot = Math.min(this.#lotFactor * Math.sqrt(week), (week * lotMs) / WEEK);
    return { low, high: within(Math.ceil(low + lot)), floor, ceiling };
  }
}

interface Bounds {
  readonly floor: number;
  readonly ceiling: number;
}

/** The one that names more wins, of two alike the last. */
function boundsOf(limits: readonly LevelLimit[], switchId: number, product: string): Bounds {
  let [floor, ceiling, floorRank, ceilingRank] = [0, Number.POSITIVE_INFINITY, -1, -1];
  for (const one of limits) {
    if (one.switchId !== undefined && one.switchId !== switchId) continue;
    if (one.product !== undefined && one.product !== product) continue;
    const rank = (one.switchId === undefined ? 0 : 2) + (one.product === undefined ? 0 : 1);
    if (one.floor !== undefined && rank >= floorRank) [floor, floorRank] = [one.floor, rank];
    if (one.ceiling !== undefined && rank >= ceilingRank) [ceiling, ceilingRank] = [one.ceiling, rank];
  }
  return { floor, ceiling: Math.max(ceiling, floor) };
}
