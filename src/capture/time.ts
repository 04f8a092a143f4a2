/**
 * Times of a pcapng: 64-bit counts of any power of ten or two of a second, as microseconds since the epoch. Counts of
 * nanoseconds do not fit a double: upper and lower half are scaled apart, and only the sum is rounded.
 */

export interface TimeScale {
  /** Microseconds of one in the upper half, without and with the remainder that goes to the lower. */
  readonly upper: number;
  readonly carry: number;
  /** Counts in a microsecond, for remainder and lower half. */
  readonly divisor: number;
  readonly offsetUs: number;
}

const TWO_32 = 4_294_967_296;

/** By if_tsresol (its top bit tells a power of two) and if_tsoffset in seconds. */
export function timeScale(resolution = 6, offsetSeconds = 0): TimeScale {
  const offsetUs = offsetSeconds * 1e6;
  const power = resolution & 0x7f;
  // What cannot be split is a power of two, whose product with an upper half is exact as it is.
  if (resolution & 0x80)
    return { upper: (1e6 / 2 ** power) * TWO_32, carry: 0, divisor: 2 ** power / 1e6, offsetUs };
  if (power <= 6)
    return { upper: TWO_32 * 10 ** (6 - power), carry: 0, divisor: 10 ** (power - 6), offsetUs };
  const divisor = 10 ** (power - 6);
  const upper = Math.floor(TWO_32 / divisor);
  return { upper, carry: TWO_32 - upper * divisor, divisor, offsetUs };
}

export function timeOf(scale: TimeScale, high: number, low: number): number {
  return high * scale.upper + (high * scale.carry + low) / scale.divisor + scale.offsetUs;
}
