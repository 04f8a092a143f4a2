/** The switch's own day, asked for at every sale: computed once a minute, not once a message. */
import type { Clock } from '../base/clock.js';
import { dateAt, dateOfTime, resolveDate, timeAt } from '../base/dates.js';

const MINUTE_MS = 60_000;
/** Terminals' dates remembered; a handful of days are in use at any time. */
const RESOLVED_MAX = 64;

export class Calendar {
  readonly #clock: Clock;
  readonly #utcOffsetMinutes: number;
  #minute = -1;
  #today = '';
  readonly #resolved = new Map<string, string>();

  constructor(clock: Clock, utcOffsetMinutes: number) {
    this.#clock = clock;
    this.#utcOffsetMinutes = utcOffsetMinutes;
  }

  /** YYYYMMDD. */
  today(): string {
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    if (minute !== this.#minute) {
      const today = dateAt(this.#clock.now(), this.#utcOffsetMinutes);
      if (today !== this.#today) this.#resolved.clear();
      this.#minute = minute;
      this.#today = today;
    }
    return this.#today;
  }

  /** YYYYMMDDhh. */
  hour(): string {
    const now = this.#clock.now();
    return dateAt(now, this.#utcOffsetMinutes) + timeAt(now, this.#utcOffsetMinutes).slice(0, 2);
  }

  /** hhmmss. */
  timeNow(): string {
    return timeAt(this.#clock.now(), this.#utcOffsetMinutes);
  }

  /** YYYYMMDD, so many milliseconds ago. */
  dayAgo(ms: number): string {
    return dateAt(this.#clock.now() - ms, this.#utcOffsetMinutes);
  }

  /** YYYYMMDD for a terminal's date and time; the switch's own day where it tells neither, or no date that there is. */
  dayOf(localDate: string, localTime: string): string {
    const today = this.today();
    const day = this.#resolve(localDate, today);
    if (day !== '' || localTime === '') return day || today;
    return dateOfTime(localTime, today, timeAt(this.#clock.now(), this.#utcOffsetMinutes));
  }

  /** '' for what is no date. */
  #resolve(localDate: string, today: string): string {
    const known = this.#resolved.get(localDate);
    if (known !== undefined) return known;
    const day = resolveDate(localDate, today);
    if (this.#resolved.size >= RESOLVED_MAX) this.#resolved.clear();
    this.#resolved.set(localDate, day);
    return day;
  }
}
