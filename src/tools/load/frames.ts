/**
 * Frames of a load run. One message is built by the codec each second (its date, time and RRN are that second's);
 * every message is a copy of it with its own STAN, written over the digits in DE11 and at the end of DE37. So
 * (STAN, date, time) and the RRN (the second in base 36, then the STAN) are never used twice, as long as fewer than
 * 999,999 messages leave in a second.
 */
import type { Clock } from '../../base/clock.js';
import { dateAt, timeAt } from '../../base/dates.js';
import { SafeError } from '../../base/errors.js';
import type { Codec } from '../../iso8583/index.js';
import { type Built, type Identity, MessageError } from '../terminal/messages.js';

export const STAN_DIGITS = 6;
export const STAN_MAX = 999_999;
const HEADER_BYTES = 2;

/** Where digits stand in a frame, and how they are coded. */
export interface DigitPlace {
  readonly offset: number;
  readonly coding: 'ascii' | 'ebcdic' | 'packed';
}

export class LoadError extends SafeError {
  override name = 'LoadError';
}

/** How the digits of a field of six digits stand on the wire. */
export function digitPlace(raw: Buffer, offset: number): DigitPlace {
  if (raw.length === STAN_DIGITS / 2) return { offset, coding: 'packed' };
  if (raw.length !== STAN_DIGITS) throw new LoadError('load needs a format with a STAN of 6 digits');
  return { offset, coding: (raw[0] ?? 0) >= 0xf0 ? 'ebcdic' : 'ascii' };
}

export function writeDigits(frame: Buffer, at: number, coding: DigitPlace['coding'], value: number): void {
  let rest = value;
  if (coding === 'packed') {
    for (let i = at + STAN_DIGITS / 2 - 1; i >= at; i -= 1) {
      const pair = rest % 100;
      frame[i] = (((pair / 10) | 0) << 4) | (pair % 10);
      rest = (rest / 100) | 0;
    }
    return;
  }
  const zero = coding === 'ascii' ? 0x30 : 0xf0;
  for (let i = at + STAN_DIGITS - 1; i >= at; i -= 1) {
    frame[i] = zero + (rest % 10);
    rest = (rest / 10) | 0;
  }
}

/** The number that the digits at a place say; NaN-free: what is no digit gives a number that matches nothing. */
export function readDigits(frame: Buffer, at: number, coding: DigitPlace['coding']): number {
  let value = 0;
  if (coding === 'packed') {
    for (let i = at; i < at + STAN_DIGITS / 2; i += 1) {
      const byte = frame[i] ?? 0xff;
      value = value * 100 + (byte >> 4) * 10 + (byte & 15);
    }
    return value;
  }
  const zero = coding === 'ascii' ? 0x30 : 0xf0;
  for (let i = at; i < at + STAN_DIGITS; i += 1) value = value * 10 + ((frame[i] ?? 0) - zero);
  return value;
}

/** What names the messages of the current second, besides the STAN. */
export interface Second {
  readonly date: string;
  readonly time: string;
  /** The RRN's first six characters. */
  readonly rrnHead: string;
}

export interface FrameOptions {
  readonly codec: Codec;
  /** TPDU before the message, inside the length; empty for none. */
  readonly tpdu: Buffer;
  readonly who: Pick<Identity, 'terminal' | 'merchant' | 'acquirer'>;
  readonly build: (identity: Identity) => Built;
  readonly utcOffsetMinutes: number;
}

export class FrameSource {
  readonly #options: FrameOptions;
  readonly #clock: Clock;
  #frame: Buffer = Buffer.alloc(0);
  #stan: DigitPlace = { offset: 0, coding: 'ascii' };
  #rrn: DigitPlace = { offset: 0, coding: 'ascii' };
  #second: Second = { date: '', time: '', rrnHead: '' };

  constructor(options: FrameOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.refresh();
  }

  /** The message of the moment as a frame, its STAN all zeros. */
  get frame(): Buffer {
    return this.#frame;
  }

  get second(): Second {
    return this.#second;
  }

  /** Where the STAN stands in a frame's message (behind header and TPDU). */
  get stanPlace(): DigitPlace {
    return { ...this.#stan, offset: this.#stan.offset - HEADER_BYTES - this.#options.tpdu.length };
  }

  /** Takes date and time anew; to be called at least once a second. */
  refresh(): void {
    const { codec, tpdu, who, build, utcOffsetMinutes } = this.#options;
    const now = this.#clock.now();
    const date = dateAt(now, utcOffsetMinutes).slice(4);
    const time = timeAt(now, utcOffsetMinutes);
    if (time === this.#second.time && date === this.#second.date) return;
    const rrnHead = Math.floor(now / 1000)
      .toString(36)
      .toUpperCase()
      .padStart(6, '0');
    const zeros = '0'.repeat(STAN_DIGITS);
    const transmitted = dateAt(now, 0).slice(4) + timeAt(now, 0);
    const built = build({ ...who, stan: zeros, rrn: rrnHead + zeros, date, time, transmitted });
    const body = codec.build(built.mti, built.fields);
    this.#frame = Buffer.concat([Buffer.alloc(HEADER_BYTES), tpdu, body]);
    this.#frame.writeUInt16BE(tpdu.length + body.length);
    this.#second = { date, time, rrnHead };
    this.#locate(codec, body, HEADER_BYTES + tpdu.length);
  }

  /** Copies the frame to `out` at `at` with a STAN of its own; returns where it ends. */
  write(out: Buffer, at: number, stan: number): number {
    this.#frame.copy(out, at);
    writeDigits(out, at + this.#stan.offset, this.#stan.coding, stan);
    writeDigits(out, at + this.#rrn.offset, this.#rrn.coding, stan);
    return at + this.#frame.length;
  }

  #locate(codec: Codec, body: Buffer, head: number): void {
    const message = codec.parse(body);
    const stan = message.raw(11);
    const rrn = message.raw(37);
    if (!stan || rrn?.length !== 2 * STAN_DIGITS)
      throw new MessageError('load needs DE11 and a DE37 of 12 characters');
    this.#stan = digitPlace(stan, head + (message.offset(11) ?? 0));
    this.#rrn = digitPlace(rrn.subarray(STAN_DIGITS), head + (message.offset(37) ?? 0) + STAN_DIGITS);
  }
}
