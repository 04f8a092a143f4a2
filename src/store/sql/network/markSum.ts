/**
 * A PIN's mark as a number, so that two books of the same PINs can be compared by a count and a sum. Both sides of a
 * network use the same numbers: they are never changed.
 */

/** Sums are kept modulo this: 2^48. */
export const MARK_SUM_MODULUS = 281_474_976_710_656;

const HIGH = 65_536;
const WORD = 4_294_967_296;

/** 0 to 2^48 - 1, of the text's UTF-16 units: two multiplicative hashes of 32 bits, of one of them the lower 16. */
export function markNumber(mark: string): number {
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  for (let at = 0; at < mark.length; at += 1) {
    const unit = mark.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    low ^= low >>> 15;
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ (high >>> 16), 0xc2b2ae35);
  high = Math.imul(high ^ (low >>> 13), 0x27d4eb2f);
  low ^= low >>> 16;
  high ^= high >>> 15;
  return ((high >>> 0) % HIGH) * WORD + (low >>> 0);
}

/** Both of 0 to 2^48 - 1. */
export function addMarks(sum: number, number: number): number {
  return (sum + number) % MARK_SUM_MODULUS;
}

export function takeMarks(sum: number, number: number): number {
  return (sum - number + MARK_SUM_MODULUS) % MARK_SUM_MODULUS;
}
