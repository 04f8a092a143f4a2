/**
 * Renews a captured message, request or answer alike: its STAN, RRN, dates and times, and what it cites of another.
 * Since the mappings are one-to-one, an answer's echo becomes what the live answer's echo has to be.
 */
import type { Random } from '../../base/random.js';
import type { Codec, Message } from '../../iso8583/index.js';
import { type CitationRule, citationRules, type Renewal } from './citations.js';
import type { Replaced } from './exchange.js';
import { overwrite } from './overwrite.js';
import type { ReplayRules } from './rules.js';
import { Substitution } from './substitution.js';
import { instantOf, TimeShift } from './timeShift.js';

const TRANSMITTED = 7;
const STAN = 11;
const TIME = 12;
const DATE = 13;
const RRN = 37;
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

  constructor(codec: Codec, rules: ReplayRules, shift: TimeShift, random: Random) {
    const substitution = new Substitution(random);
    this.#codec = codec;
    this.#renewal = {
      stan: rules.renewsStan ? substitution : undefined,
      rrn: rules.renewsRrn ? substitution : undefined,
      times: rules.renewsTimes ? shift : undefined,
    };
    this.#citations = citationRules(rules.layouts, this.#renewal);
  }

  /** `out` is a copy of the message's frame, written over. `replaced`: values that are the live side's already. */
  renew(message: Message, out: Buffer, replaced: readonly Replaced[]): void {
    const { stan, rrn, times } = this.#renewal;
    if (stan && !isReplaced(replaced, STAN)) this.#turn(message, out, STAN, (text) => stan.of(text));
    if (rrn && !isReplaced(replaced, RRN)) this.#turn(message, out, RRN, (text) => rrn.of(text));
    if (times) {
      this.#turn(message, out, TRANSMITTED, (text) => times.joined(text));
      this.#moveLocal(message, out, times);
    }
    for (const rule of this.#citations) {
      if (message.has(rule.de)) this.#turn(message, out, rule.de, (text) => rule.renewed(text, message));
    }
  }

  #turn(message: Message, out: Buffer, de: number, renewed: (text: string) => string): void {
    const text = message.text(de);
    if (text !== undefined) overwrite(this.#codec, message, out, de, text, renewed(text));
  }

  /** DE12 alone, where it tells the date as well; else DE13 and DE12 together. */
  #moveLocal(message: Message, out: Buffer, times: TimeShift): void {
    const time = message.text(TIME) ?? '';
    if (time.length > 6) {
      overwrite(this.#codec, message, out, TIME, time, times.joined(time));
      return;
    }
    const date = message.text(DATE) ?? '';
    if (time === '' && date === '') return;
    const moved = times.local(date, time);
    if (time !== '') overwrite(this.#codec, message, out, TIME, time, moved.time);
    if (date !== '') overwrite(this.#codec, message, out, DATE, date, moved.date);
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
