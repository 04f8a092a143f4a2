/** Counts of past demand: by switch, by product and by pair, by hour of the week and by day; older hours count less. */
import type { DemandHour } from '../../store/hubVerbs.js';
import { WEEK_HOURS } from './week.js';

const HOUR = 3_600_000;
const DAY_HOURS = 24;
/** After so many days an hour counts half. */
const HALF_LIFE_DAYS = 21;
/** Days that are looked at; those before them are left out. */
const DAYS_MAX = 400;
/** Hours; what has been seen for less is taken as seen for so long: a first sale is not yet a rate. */
const WEIGHT_MIN = 1 / 4;

interface Pair {
  /** Weighed. */
  sold: number;
  /** By day, counted back from the last; not weighed. */
  readonly daily: Float64Array;
}

export class Tally {
  readonly switches: number[] = [];
  readonly products: string[] = [];
  /** By hour of the week. */
  readonly all = new Float64Array(WEEK_HOURS);
  readonly bySwitch: Float64Array[] = [];
  readonly byProduct: Float64Array[] = [];
  /** How often each hour of the week was seen, and all hours together. */
  readonly hourWeights = new Float64Array(WEEK_HOURS);
  readonly weight: number;
  readonly #switchAt = new Map<number, number>();
  readonly #productAt = new Map<string, number>();
  readonly #days: number;
  readonly #pairs: Pair[][] = [];
  readonly #total: number;
  readonly #ofSwitch: readonly number[];
  readonly #ofProduct: readonly number[];

  constructor(rows: readonly DemandHour[], since: number, until: number) {
    const last = Math.ceil(until / HOUR);
    const first = Math.max(Math.floor(since / HOUR), last - DAYS_MAX * DAY_HOURS);
    this.#days = Math.max(Math.ceil((last - first) / DAY_HOURS), 1);
    const weights = Float64Array.from({ length: this.#days }, (_, day) => 0.5 ** (day / HALF_LIFE_DAYS));
    let weight = 0;
    for (let hour = first; hour < last; hour++) {
      const seen = Math.min((hour + 1) * HOUR, until) - Math.max(hour * HOUR, since);
      const one = (weights[Math.floor((last - 1 - hour) / DAY_HOURS)] ?? 0) * (seen / HOUR);
      this.hourWeights[hour % WEEK_HOURS] = (this.hourWeights[hour % WEEK_HOURS] ?? 0) + one;
      weight += one;
    }
    this.weight = Math.max(weight, WEIGHT_MIN);
    for (const row of rows) {
      const hour = Math.floor(row.hour / HOUR);
      const day = Math.floor((last - 1 - hour) / DAY_HOURS);
      if (hour >= first && hour < last) this.#count(row, hour % WEEK_HOURS, day, weights[day] ?? 0);
    }
    this.#total = sum(this.all);
    this.#ofSwitch = this.bySwitch.map(sum);
    this.#ofProduct = this.byProduct.map(sum);
  }

  #count({ switchId, product, sold, missed }: DemandHour, hour: number, day: number, weight: number): void {
    const s = this.#switchOf(switchId);
    const p = this.#productOf(product);
    const more = (sold + missed) * weight;
    add(this.all, hour, more);
    add(this.bySwitch[s], hour, more);
    add(this.byProduct[p], hour, more);
    const pairs = this.#pairs[s] ?? [];
    const pair = pairs[p] ?? { sold: 0, daily: new Float64Array(this.#days) };
    this.#pairs[s] = pairs;
    pairs[p] = pair;
    pair.sold += more;
    add(pair.daily, day, sold + missed);
  }

  #switchOf(id: number): number {
    const known = this.#switchAt.get(id);
    if (known !== undefined) return known;
    this.#switchAt.set(id, this.switches.length);
    this.bySwitch.push(new Float64Array(WEEK_HOURS));
    return this.switches.push(id) - 1;
  }

  #productOf(name: string): number {
    const known = this.#productAt.get(name);
    if (known !== undefined) return known;
    this.#productAt.set(name, this.products.length);
    this.byProduct.push(new Float64Array(WEEK_HOURS));
    return this.products.push(name) - 1;
  }

  /** Weighed. */
  sold(s: number, p: number): number {
    return this.#pairs[s]?.[p]?.sold ?? 0;
  }

  /** An hour's sales of a pair, as its switch's and its product's totals make likely. */
  likely(s: number, p: number): number {
    if (this.#total === 0) return 0;
    return ((this.#ofSwitch[s] ?? 0) * (this.#ofProduct[p] ?? 0)) / this.#total / this.weight;
  }

  /** Of a product's days at its switches: (variance - mean) / mean², all switches together. */
  dispersion(p: number): number {
    let excess = 0;
    let squares = 0;
    for (const pairs of this.#pairs) {
      const daily = pairs[p]?.daily;
      if (!daily) continue;
      const mean = sum(daily) / this.#days;
      for (const one of daily) excess += (one - mean) ** 2 - mean;
      squares += mean ** 2 * this.#days;
    }
    return squares > 0 ? Math.max(excess / squares, 0) : 0;
  }
}

function add(counts: Float64Array | undefined, at: number, more: number): void {
  if (counts) counts[at] = (counts[at] ?? 0) + more;
}

function sum(counts: Float64Array): number {
  let all = 0;
  for (const one of counts) all += one;
  return all;
}
