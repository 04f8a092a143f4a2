/**
 * Calendar dates as the wire has them. A terminal sends MMDD or YYMMDD at best; the year (or the day) is the
 * one nearest to now, so that a repeat on either side of midnight or New Year names the same day.
 * Dates are YYYYMMDD in the switch's own zone, given as minutes east of UTC.
 */
const DAY_MS = 86_400_000;

/** The calendar date at `now` (ms since the epoch), YYYYMMDD. */
export function dateAt(now: number, utcOffsetMinutes: number): string {
  return new Date(now + utcOffsetMinutes * 60_000).toISOString().slice(0, 10).replaceAll('-', '');
}

/** The local time of day at `now`, hhmmss. */
export function timeAt(now: number, utcOffsetMinutes: number): string {
  return new Date(now + utcOffsetMinutes * 60_000).toISOString().slice(11, 19).replaceAll(':', '');
}

function utc(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)));
}

/** `days` after (or before) a date. */
export function addDays(date: string, days: number): string {
  return dateAt(utc(date) + days * DAY_MS, 0);
}

/** True for a date that the calendar has. */
export function isDate(date: string): boolean {
  return /^\d{8}$/.test(date) && dateAt(utc(date), 0) === date;
}

/** YYYYMMDD for what a message says: YYYYMMDD, YYMMDD or MMDD; '' where it is no date. */
export function resolveDate(wire: string, today: string): string {
  if (wire.length === 8) return isDate(wire) ? wire : '';
  if (wire.length === 6) return resolveDate(`${today.slice(0, 2)}${wire}`, today);
  if (wire.length !== 4) return '';
  const year = Number(today.slice(0, 4));
  const candidates = [year - 1, year, year + 1].map((y) => `${y}${wire}`).filter(isDate);
  let best = '';
  for (const date of candidates) {
    if (best === '' || Math.abs(utc(date) - utc(today)) < Math.abs(utc(best) - utc(today))) best = date;
  }
  return best;
}

/** The date on which `time` (hhmmss) was nearest to now: for messages that tell the time but not the day. */
export function dateOfTime(time: string, today: string, timeNow: string): string {
  const difference = secondsOf(timeNow) - secondsOf(time);
  if (difference > 43_200) return addDays(today, 1);
  if (difference < -43_200) return addDays(today, -1);
  return today;
}

function secondsOf(time: string): number {
  return Number(time.slice(0, 2)) * 3600 + Number(time.slice(2, 4)) * 60 + Number(time.slice(4, 6));
}
