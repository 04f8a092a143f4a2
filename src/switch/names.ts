/**
 * Names that we give: approval codes for terminals, references for suppliers. A reference is never reused:
 * milliseconds since the epoch in base 36 (8 characters until 2059), then 4 characters of a counter that
 * starts at random, so that two processes and a restart differ.
 */
import type { Clock } from '../base/clock.js';
import type { Random } from '../base/random.js';

const CODES = 36 ** 6;
const SERIALS = 36 ** 4;

export class Names {
  readonly #clock: Clock;
  #code: number;
  #serial: number;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#code = random.int(CODES);
    this.#serial = random.int(SERIALS);
  }

  /** Six characters, 0-9 and A-Z (DE38). */
  approvalCode(): string {
    this.#code = (this.#code + 1) % CODES;
    return base36(this.#code, 6);
  }

  /** Twelve characters, 0-9 and A-Z (DE37 towards a supplier). */
  reference(): string {
    this.#serial = (this.#serial + 1) % SERIALS;
    return base36(this.#clock.now(), 8) + base36(this.#serial, 4);
  }
}

function base36(value: number, width: number): string {
  return value.toString(36).toUpperCase().padStart(width, '0');
}
