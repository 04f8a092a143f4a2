/**
 * The books of a load run, for an audit afterwards: one line a fact, columns separated by tabs, appended.
 *
 *   S  ms  terminal  MMDD  hhmmss  STAN  RRN                  the message is about to leave
 *   A  ms  terminal  MMDD  hhmmss  STAN  RRN  hash,hash…      an approved answer came; SHA-256 (hex) of each PIN
 *   D  ms  terminal  MMDD  hhmmss  STAN  RRN  DE39            another answer came
 *
 * `ms` is milliseconds since the epoch; columns three to seven are the message's own and name the transaction. A
 * message with neither A nor D got no answer. PINs themselves are never written.
 * Maximum held back: what is booked in 200 ms; a killed process loses no more than that.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '../../base/clock.js';
import { type Codec, Iso8583Error } from '../../iso8583/index.js';
import { pinsTold } from '../books/told.js';
import type { Second } from './frames.js';

const FLUSH_MS = 200;

export class Books {
  readonly #file: number;
  readonly #clock: Clock;
  readonly #terminal: string;
  /** What names each message under way, by STAN. */
  readonly #names = new Map<number, string>();
  readonly #timer: NodeJS.Timeout;
  #lines: string[] = [];

  constructor(path: string, terminal: string, clock: Clock) {
    this.#file = openSync(path, 'a', 0o600);
    this.#terminal = terminal;
    this.#clock = clock;
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS);
  }

  sent(stan: number, second: Second): void {
    const digits = String(stan).padStart(6, '0');
    const { date, time, rrnHead } = second;
    const name = `${this.#terminal}\t${date}\t${time}\t${digits}\t${rrnHead}${digits}`;
    this.#names.set(stan, name);
    this.#lines.push(`S\t${this.#clock.now()}\t${name}\n`);
  }

  approved(stan: number, codec: Codec, message: Buffer): void {
    this.#answered('A', stan, hashesOf(codec, message).join(','));
  }

  declined(stan: number, code: string): void {
    this.#answered('D', stan, code);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#flush();
    closeSync(this.#file);
  }

  #answered(kind: 'A' | 'D', stan: number, last: string): void {
    this.#lines.push(`${kind}\t${this.#clock.now()}\t${this.#names.get(stan) ?? ''}\t${last}\n`);
    this.#names.delete(stan);
  }

  #flush(): void {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length > 0) writeSync(this.#file, lines.join(''));
  }
}

function hashesOf(codec: Codec, message: Buffer): readonly string[] {
  try {
    return pinsTold(codec.parse(message)).map(({ hash }) => hash);
  } catch (error) {
    if (error instanceof Iso8583Error) return [];
    throw error;
  }
}
