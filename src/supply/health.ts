/**
 * Whether a supplier may be asked: after `faultsMax` faults in a row it rests for `restMs`, so that a dead one costs a
 * few doubtful sales and not one each. An answer that took longer than `slowMs` is a fault as well.
 *
 *   up  -- faultsMax faults in a row -->  resting  -- restMs -->  half open: one order at a time goes as a probe
 *
 * A good answer makes it up again, whoever brought it; a fault when half open begins another rest at once.
 */
import type { Clock } from '../base/clock.js';

export interface HealthLimits {
  readonly faultsMax: number;
  readonly restMs: number;
  readonly slowMs: number;
}

export class Health {
  readonly #clock: Clock;
  readonly #limits: HealthLimits;
  #faults = 0;
  #restsUntil = 0;
  #isProbing = false;

  constructor(clock: Clock, limits: HealthLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  ready(): boolean {
    return this.#isUp() || (!this.#isProbing && this.#clock.now() >= this.#restsUntil);
  }

  #isUp(): boolean {
    return this.#faults < this.#limits.faultsMax;
  }

  /**
   * Performs an order where the supplier may be asked by now: who chose it chose it before a commit, and others with
   * it, so that a probe may be under way meanwhile. `otherwise` must say that nothing was done.
   */
  async guard<T>(task: () => Promise<T>, otherwise: T): Promise<T> {
    if (!this.ready()) return otherwise;
    if (this.#isUp()) return task();
    this.#isProbing = true;
    try {
      return await task();
    } finally {
      this.#isProbing = false;
    }
  }

  /** True for an answer to what was asked at `since` that comes now. */
  isSlow(since: number): boolean {
    return this.#clock.now() - since > this.#limits.slowMs;
  }

  good(): void {
    this.#faults = 0;
    this.#restsUntil = 0;
  }

  /** True where this fault begins a rest. */
  fault(): boolean {
    this.#faults += 1;
    if (this.#isUp()) return false;
    this.#restsUntil = this.#clock.now() + this.#limits.restMs;
    return true;
  }
}
