/**
 * Whether a supplier may be asked: after `faultsMax` failures in a row it rests for `restMs`, so that a
 * dead one costs a few doubtful sales and not one each. One good answer clears the count.
 */
import type { Clock } from '../base/clock.js';

export class Health {
  #faults = 0;
  #restsUntil = 0;

  constructor(
    readonly clock: Clock,
    readonly faultsMax: number,
    readonly restMs: number,
  ) {}

  ready(): boolean {
    return this.clock.now() >= this.#restsUntil;
  }

  good(): void {
    this.#faults = 0;
    this.#restsUntil = 0;
  }

  /** True where this fault begins a rest. The next fault after a rest begins another at once. */
  fault(): boolean {
    this.#faults += 1;
    if (this.#faults < this.faultsMax) return false;
    this.#restsUntil = this.clock.now() + this.restMs;
    return true;
  }
}
