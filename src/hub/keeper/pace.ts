/**
 * How fast something goes, from totals that are seen now and then: over all that was seen at first, later with what is
 * older than `memoryMs` fading. One number pair a key; keys are switches × merchants × currencies.
 */
/** Before this time has been seen, a few events are no pace, milliseconds. */
const LEARN_MS = 900_000;

interface Seen {
  readonly firstAt: number;
  at: number;
  total: number;
  /** Per millisecond. */
  pace: number;
}

export class Pace {
  readonly #memoryMs: number;
  readonly #seen = new Map<string, Seen>();

  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** The total so far. One that goes down began anew, or something was undone: no pace is read from it. */
  see(key: string, total: number, now: number): void {
    const seen = this.#seen.get(key);
    if (!seen) {
      this.#seen.set(key, { firstAt: now, at: now, total, pace: 0 });
      return;
    }
    const span = now - seen.at;
    if (span <= 0) return;
    const newest = Math.max(total - seen.total, 0) / span;
    const weight = Math.max(span / (now - seen.firstAt + LEARN_MS), 1 - Math.exp(-span / this.#memoryMs));
    seen.pace += weight * (newest - seen.pace);
    seen.at = now;
    seen.total = total;
  }

  /** Per millisecond; 0 where nothing is known. */
  of(key: string): number {
    return this.#seen.get(key)?.pace ?? 0;
  }
}
