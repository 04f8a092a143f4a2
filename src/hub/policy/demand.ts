/**
 * What each switch is expected to sell of each product over a span of time, learnt from the hours that its sales have
 * told. What could not be sold counts as asked for. A pair's rate is what it has sold, drawn towards what its switch's
 * and its product's totals make likely where that is little; its course over the week is the network's, bent by the
 * switch's own and by the product's own as far as they have sold enough to show one. Older weeks count less.
 */
import type { DemandHour } from '../../store/hubVerbs.js';
import { type Expected, Pair } from './pair.js';
import { Tally } from './tally.js';
import { bent, cumulated, WEEK_HOURS } from './week.js';

/** PINs that a pair must have sold to weigh as much as its switch's and product's totals. */
const PAIR_PRIOR = 2;
/** The same of a switch's or product's hour of the week beside the network's, and of the network's beside a flat one. */
const HOUR_PRIOR = 30;
const DISPERSION_MIN = 0.02;
const DISPERSION_MAX = 1;

const NOBODY = new Pair(new Float64Array(WEEK_HOURS + 1), 0);

export class Demand {
  readonly #pairs = new Map<string, Map<number, Pair>>();

  private constructor(tally: Tally) {
    const whole = bent(tally.all, tally.hourWeights, undefined, HOUR_PRIOR);
    const shape = (counts: Float64Array) => bent(counts, tally.hourWeights, whole, HOUR_PRIOR);
    const ofSwitch = tally.bySwitch.map(shape);
    const ofProduct = tally.byProduct.map(shape);
    for (const [p, product] of tally.products.entries()) {
      const dispersion = Math.min(Math.max(tally.dispersion(p), DISPERSION_MIN), DISPERSION_MAX);
      const row = new Map<number, Pair>();
      for (const [s, switchId] of tally.switches.entries()) {
        const likely = tally.likely(s, p);
        const perWeek =
          (likely * WEEK_HOURS * (tally.sold(s, p) + PAIR_PRIOR)) / (likely * tally.weight + PAIR_PRIOR);
        const course = cumulated(perWeek, whole, ofSwitch[s], ofProduct[p]);
        row.set(switchId, new Pair(course, dispersion));
      }
      this.#pairs.set(product, row);
    }
  }

  /**
   * `rows` of the hours from `since` on, up to `until`: between these two instants, in milliseconds, every sale is in
   * some row; the first hour and the last may be parts of one.
   */
  static of(rows: readonly DemandHour[], since: number, until: number): Demand {
    return new Demand(new Tally(rows, since, until));
  }

  /** One that has not sold yet is expected to sell nothing. */
  pair(switchId: number, product: string): Pair {
    return this.#pairs.get(product)?.get(switchId) ?? NOBODY;
  }

  /** Of one switch and product, between two instants. */
  expected(switchId: number, product: string, from: number, to: number): Expected {
    return this.pair(switchId, product).expected(from, to);
  }

  /** Of one product in the whole network. */
  network(product: string, from: number, to: number): Expected {
    let mean = 0;
    let variance = 0;
    for (const pair of this.#pairs.get(product)?.values() ?? []) {
      const one = pair.expected(from, to);
      mean += one.mean;
      variance += one.variance;
    }
    return { mean, variance: variance + DISPERSION_MIN * mean ** 2 };
  }
}
