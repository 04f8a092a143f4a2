/**
 * Demand at one switch of one product: its mean follows the hours of the week, and around it demand spreads as a negative
 * binomial does: variance = mean + dispersion × mean².
 */
import { WEEK_HOURS } from './week.js';

const HOUR = 3_600_000;
const WEEK = WEEK_HOURS * HOUR;

export interface Expected {
  readonly mean: number;
  readonly variance: number;
}

export class Pair {
  readonly #course: Float64Array;
  readonly #dispersion: number;

  /** `course`: PINs expected from the week's beginning to the beginning of each of its hours, and to its end. */
  constructor(course: Float64Array, dispersion: number) {
    this.#course = course;
    this.#dispersion = dispersion;
  }

  mean(from: number, to: number): number {
    return to > from ? this.#upTo(to) - this.#upTo(from) : 0;
  }

  expected(from: number, to: number): Expected {
    const mean = this.mean(from, to);
    return { mean, variance: mean + this.#dispersion * mean ** 2 };
  }

  /** Since the epoch's first week began. */
  #upTo(at: number): number {
    const hours = (at % WEEK) / HOUR;
    const hour = Math.floor(hours);
    const before = this.#course[hour] ?? 0;
    const week = (this.#course[WEEK_HOURS] ?? 0) * Math.floor(at / WEEK);
    return week + before + (hours - hour) * ((this.#course[hour + 1] ?? 0) - before);
  }
}
