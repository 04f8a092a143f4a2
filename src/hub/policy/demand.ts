/**
 * What each switch is expected to sell of each product over a span of time, learnt from the hours that its sales have
 * told. What could not be sold counts as asked for.
 */
import type { DemandHour } from '../../store/hubVerbs.js';

const HOUR = 3_600_000;

export interface Expected {
  readonly mean: number;
  readonly variance: number;
}

export class Demand {
  readonly #perMs = new Map<string, number>();

  private constructor(rows: readonly DemandHour[], since: number, until: number) {
    const span = Math.max(until - since, HOUR);
    for (const { switchId, product, sold, missed } of rows) {
      for (const key of [`${switchId} ${product}`, product]) {
        this.#perMs.set(key, (this.#perMs.get(key) ?? 0) + (sold + missed) / span);
      }
    }
  }

  /** `rows` of the hours from `since` up to `until`; the hour that is not over yet is not among them. */
  static of(rows: readonly DemandHour[], since: number, until: number): Demand {
    return new Demand(rows, since, until);
  }

  /** Of one switch and product, between two instants. */
  expected(switchId: number, product: string, from: number, to: number): Expected {
    return this.#of(`${switchId} ${product}`, from, to);
  }

  /** Of one product in the whole network. */
  network(product: string, from: number, to: number): Expected {
    return this.#of(product, from, to);
  }

  #of(key: string, from: number, to: number): Expected {
    const mean = (this.#perMs.get(key) ?? 0) * Math.max(to - from, 0);
    return { mean, variance: mean * 2 };
  }
}
