/**
 * How what a reversal cites is held against what a transaction says; every store compares alike. STAN, terminal
 * and day have been compared already. DE7 is the time of transmission: a resend may carry a later one than the
 * message that the terminal then cites, so it need not be equal, only near.
 */

/** A cited DE7 and the one recorded may differ by this much, milliseconds: a terminal's repeats, all in all. */
const RESENDS_MS = 15 * 60_000;
const YEAR_MS = 366 * 86_400_000;

/** `said` is '' where the citation does not say. */
export function saidEqual(said: string, actual: string): boolean {
  return said === '' || said === actual;
}

/** Compared where both sides have it. */
export function bothEqual(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}

/** `days` is empty where the citation names none. */
export function saidOn(days: readonly string[], actual: string): boolean {
  return days.length === 0 || days.includes(actual);
}

/** How far apart two DE7 (MMDDhhmmss) are, milliseconds: 0 where one is missing, Infinity where they are not near. */
export function transmissionGap(one: string, other: string): number {
  if (bothEqual(one, other)) return 0;
  const apart = Math.abs(millisecondsInto(one) - millisecondsInto(other));
  const gap = Math.min(apart, YEAR_MS - apart);
  return gap <= RESENDS_MS ? gap : Number.POSITIVE_INFINITY;
}

/** Into a leap year; NaN for what is no time, and no gap from it is small. */
function millisecondsInto(transmitted: string): number {
  if (!/^\d{10}$/.test(transmitted)) return Number.NaN;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (transmitted.match(/../g) ?? []).map(Number);
  return Date.UTC(2000, month - 1, day, hour, minute, second) - Date.UTC(2000, 0, 1);
}
