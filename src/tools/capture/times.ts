/** Times of a capture as text. */

/** The most that a Date can hold, microseconds. */
const DATE_US_MAX = 8.64e18;

/** UTC to the microsecond, as 2026-11-26T05:00:00.000123Z; a time beyond all dates as seconds. */
export function timeText(timeUs: number): string {
  if (!(Math.abs(timeUs) <= DATE_US_MAX)) return `${timeUs / 1e6}`;
  const micros = Math.floor(timeUs);
  const text = new Date(Math.floor(micros / 1_000)).toISOString();
  return `${text.slice(0, -1)}${String(((micros % 1_000) + 1_000) % 1_000).padStart(3, '0')}Z`;
}
