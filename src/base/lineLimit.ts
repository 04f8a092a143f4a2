/**
 * A log that a flood cannot fill: of lines with the same message, so many a second are written; the rest are
 * counted, and told of in one line (`more`) when the second is over. What peers bring about is logged through one.
 * Maximum: one open window for each message text, and those are the program's own.
 */
import type { Clock } from './clock.js';
import type { Log, LogFields } from './log.js';

const WINDOW_MS = 1_000;

type Level = keyof Log;
type Fields = LogFields;

export class LineLimit implements Log {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #linesPerSecondMax: number;
  readonly #windows = new Map<string, { lines: number; more: number; fields: Fields }>();

  /** `linesPerSecondMax` is for each message text. */
  constructor(log: Log, clock: Clock, linesPerSecondMax: number) {
    this.#log = log;
    this.#clock = clock;
    this.#linesPerSecondMax = linesPerSecondMax;
  }

  info(fields: Fields, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: Fields, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: Fields, message: string): void {
    this.#write('error', fields, message);
  }

  #write(level: Level, fields: Fields, message: string): void {
    const window = this.#windows.get(message) ?? this.#open(level, message);
    if (window.lines < this.#linesPerSecondMax) {
      window.lines += 1;
      this.#log[level](fields, message);
    } else {
      window.more += 1;
      window.fields = fields;
    }
  }

  #open(level: Level, message: string): { lines: number; more: number; fields: Fields } {
    const window = { lines: 0, more: 0, fields: {} };
    this.#windows.set(message, window);
    this.#clock.after(WINDOW_MS, () => {
      this.#windows.delete(message);
      // The last of those held back stands for them all.
      if (window.more > 0) this.#log[level]({ ...window.fields, more: window.more }, message);
    });
    return window;
  }
}
