/**
 * Dates and times of messages, all moved by the same number of seconds: their distances, and the difference between
 * UTC and a terminal's own zone, stay as captured. What is no date or time stays as it is. A date without a year has
 * the captured year. Maximum remembered: 4,096 texts, since neighbouring messages share theirs.
 */
const REMEMBERED_MAX = 4_096;

/** Of a date (MMDD, YYMMDD, CCYYMMDD) and a time (hhmmss), either of which may be missing. */
export interface Local {
  readonly date: string;
  readonly time: string;
}

export class TimeShift {
  readonly #seconds: number;
  readonly #year: number;
  readonly #known = new Map<string, Local>();

  /** `year`: that of the capture. */
  constructor(seconds: number, year: number) {
    this.#seconds = seconds;
    this.#year = year;
  }

  /** Date and time in one: MMDDhhmmss, YYMMDDhhmmss, CCYYMMDDhhmmss. */
  joined(text: string): string {
    if (text.length < 10) return text;
    const { date, time } = this.local(text.slice(0, -6), text.slice(-6));
    return date + time;
  }

  /** '' for the one that is missing. */
  local(date: string, time: string): Local {
    const name = `${date} ${time}`;
    let moved = this.#known.get(name);
    if (!moved) {
      moved = this.#moved(date, time);
      if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
      this.#known.set(name, moved);
    }
    return moved;
  }

  #moved(date: string, time: string): Local {
    const day = date === '' ? Date.UTC(this.#year, 0, 1) : this.#dayOf(date);
    const second = time === '' ? 43_200 : secondOf(time);
    if (day === undefined || second === undefined) return { date, time };
    const digits = new Date(day + (second + this.#seconds) * 1000)
      .toISOString()
      .slice(0, 19)
      .replace(/\D/g, '');
    return { date: digits.slice(8 - date.length, 8), time: time === '' ? '' : digits.slice(8) };
  }

  #dayOf(date: string): number | undefined {
    const century = String(this.#year).slice(0, 2);
    const full = date.length === 4 ? `${this.#year}${date}` : date.length === 6 ? century + date : date;
    if (!/^\d{8}$/.test(full)) return undefined;
    const [year, month, day] = [full.slice(0, 4), full.slice(4, 6), full.slice(6)].map(Number);
    const at = new Date(Date.UTC(year as number, (month as number) - 1, day));
    const isDate = at.getUTCMonth() + 1 === month && at.getUTCDate() === day;
    return isDate ? at.getTime() : undefined;
  }
}

function secondOf(time: string): number | undefined {
  if (!/^([01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(time)) return undefined;
  return Number(time.slice(0, 2)) * 3600 + Number(time.slice(2, 4)) * 60 + Number(time.slice(4));
}

/** Milliseconds since the epoch of MMDDhhmmss in UTC, in the year that brings it nearest to `near`; undefined for none. */
export function instantOf(transmitted: string, near: number): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(transmitted);
  if (!match) return undefined;
  const [month = 0, day = 0, hour, minute, second] = match.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const year = new Date(near).getUTCFullYear();
  const instants = [year - 1, year, year + 1].map((one) =>
    Date.UTC(one, month - 1, day, hour, minute, second),
  );
  return instants.reduce((best, one) => (Math.abs(one - near) < Math.abs(best - near) ? one : best));
}
