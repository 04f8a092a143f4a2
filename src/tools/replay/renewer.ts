/**
 * Renews a captured message, request or answer alike: its STAN, RRN, dates and times, and what it cites of another.
 * Since the mappings are one-to-one, an answer's echo becomes what the live answer's echo has to be.
 */
import type { Random } from '../../base/random.js';
import type { Codec, Message } from '../../iso8583/index.js';
import { ByteMemo } from './byteMemo.js';
import { type CitationRule, citationRules, type Renewal } from './citations.js';
import type { Replaced } from './exchange.js';
import { overwrite } from './overwrite.js';
import { PlainFields } from './plainFields.js';
import type { ReplayRules } from './rules.js';
import { Substitution } from './substitution.js';
import { instantOf, TimeShift } from './timeShift.js';

const TRANSMITTED = 7;
const STAN = 11;
const TIME = 12;
const DATE = 13;
const RRN = 37;
const TIME_DIGITS = 6;
const DATE_DIGITS = 4;
/** Fields whose values a server may also give by itself. */
export const RENEWED_FIELDS = [TRANSMITTED, STAN, TIME, DATE, RRN] as const;
/** A hex list may count its times from anywhere: what lies before this, in 1973, is no time of day. */
const ABSOLUTE_US = 1e14;
/** DE7 is believed to be the captured time, whatever the zone it is in, this near to it. */
const NEAR_MS = 26 * 3_600_000;

export class Renewer {
  readonly #codec: Codec;
  readonly #renewal: Renewal;
  readonly #citations: readonly CitationRule[];
  readonly #plain = new PlainFields();
  readonly #joined: ByteMemo;
  /** Of a time with the date behind it, as DE12 and DE13 stand. */
  readonly #local: ByteMemo;

  constructor(codec: Codec, rules: ReplayRules, shift: TimeShift, random: Random) {
    const substitution = new Substitution(random);
    this.#codec = codec;
    this.#renewal = {
      stan: rules.renewsStan ? substitution : undefined,
      rrn: rules.renewsRrn ? substitution : undefined,
      times: rules.renewsTimes ? shift : undefined,
    };
    this.#citations = citationRules(rules.layouts, this.#renewal);
    this.#joined = new ByteMemo((text) => shift.joined(text));
    this.#local = new ByteMemo((text) => {
      const { date, time } = shift.local(text.slice(TIME_DIGITS), text.slice(0, TIME_DIGITS));
      return time + date;
    });
  }

  /** `out` begins with a copy of the message's frame, written over. `replaced`: values that are the live side's already. */
  renew(message: Message, out: Buffer, replaced: readonly Replaced[]): void {
    const { stan, rrn, times } = this.#renewal;
    if (stan && !isReplaced(replaced, STAN)) this.#turn(message, out, STAN, stan);
    if (rrn && !isReplaced(replaced, RRN)) this.#turn(message, out, RRN, rrn);
    if (times) {
      this.#moveJoined(message, out, TRANSMITTED, times);
      this.#moveLocal(message, out, times);
    }
    for (const rule of this.#citations) {
      if (!message.has(rule.de)) continue;
      const text = message.text(rule.de) ?? '';
      overwrite(this.#codec, message, out, rule.de, text, rule.renewed(text, message));
    }
  }

  #turn(message: Message, out: Buffer, de: number, substitution: Substitution): void {
    if (this.#plain.isPlain(message, de)) {
      substitution.turn(out, message.offset(de) as number, message.end(de) as number);
      return;
    }
    const text = message.text(de);
    if (text !== undefined) overwrite(this.#codec, message, out, de, text, substitution.of(text));
  }

  #moveJoined(message: Message, out: Buffer, de: number, times: TimeShift): void {
    if (this.#plain.isPlain(message, de)) {
      this.#joined.apply(out, message.offset(de) as number, message.end(de) as number);
      return;
    }
    const text = message.text(de);
    if (text !== undefined) overwrite(this.#codec, message, out, de, text, times.joined(text));
  }

  /** DE12 alone, where it tells the date as well; else DE13 and DE12 together. */
  #moveLocal(message: Message, out: Buffer, times: TimeShift): void {
    const at = message.offset(TIME);
    if (at !== undefined && this.#isLocalPlain(message, at)) {
      this.#local.apply(out, at, at + TIME_DIGITS + DATE_DIGITS);
      return;
    }
    const time = message.text(TIME) ?? '';
    if (time.length > TIME_DIGITS) {
      this.#moveJoined(message, out, TIME, times);
      return;
    }
    const date = message.text(DATE) ?? '';
    if (time === '' && date === '') return;
    const moved = times.local(date, time);
    if (time !== '') overwrite(this.#codec, message, out, TIME, time, moved.time);
    if (date !== '') overwrite(this.#codec, message, out, DATE, date, moved.date);
  }

  /** Whether a plain time of six digits has the plain date of four right behind it. */
  #isLocalPlain(message: Message, at: number): boolean {
    return (
      message.end(TIME) === at + TIME_DIGITS &&
      message.offset(DATE) === at + TIME_DIGITS &&
      message.end(DATE) === at + TIME_DIGITS + DATE_DIGITS &&
      this.#plain.isPlain(message, TIME) &&
      this.#plain.isPlain(message, DATE)
    );
  }
}

function isReplaced(replaced: readonly Replaced[], de: number): boolean {
  return replaced.length > 0 && replaced.some(({ path }) => Number(path) === de);
}

/** Moves the first message to now, and all others by as much. `capturedUs`: its time in the capture. */
export function shiftFrom(first: Message | undefined, capturedUs: number, nowMs: number): TimeShift {
  const captured = capturedUs >= ABSOLUTE_US ? capturedUs / 1000 : undefined;
  const transmitted = instantOf(first?.text(TRANSMITTED) ?? '', captured ?? nowMs);
  const isNear =
    captured !== undefined && transmitted !== undefined && Math.abs(transmitted - captured) < NEAR_MS;
  const from = isNear ? captured : (transmitted ?? captured ?? nowMs);
  return new TimeShift(Math.floor(nowMs / 1000) - Math.floor(from / 1000), new Date(from).getUTCFullYear());
}
