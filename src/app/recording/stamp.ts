/** Times of recordings: microseconds since the epoch, by the process's even clock, held to the clock of the day. */
import type { Clock } from '../../base/clock.js';

/** How far the two may part (the day's clock is set, the machine slept) before the day's counts again. */
const APART_MS = 50;

export function microseconds(clock: Clock): () => number {
  let offsetMs = clock.now() - performance.now();
  return () => {
    const even = performance.now() + offsetMs;
    const day = clock.now();
    if (Math.abs(even - day) <= APART_MS) return Math.floor(even * 1_000);
    offsetMs = day - performance.now();
    return day * 1_000;
  };
}
