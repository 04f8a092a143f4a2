/**
 * Compares a live answer with the captured one, made to expect what was renewed. Bytes first: an answer of a form that
 * is known (forms.ts) is not read at all, of another one only fields that are not the same are, and only an answer with
 * a real difference is laid out whole.
 *
 * Not a difference, but counted as declared: ignored fields; dates, STAN and RRN that the server gave by itself in the
 * capture (they echo nothing); and texts that are the same once what they cite of all these is replaced, such as a
 * receipt line with the serial number.
 */
import type { Codec, Message, TlvEntry } from '../../iso8583/index.js';
import { differences, type FieldDifference, withoutOccurrence } from '../difference/difference.js';
import type { Exchange } from './exchange.js';
import { Forms } from './forms.js';
import { withValue } from './overwrite.js';
import { isSameField } from './plainFields.js';
import { RENEWED_FIELDS, type Renewer } from './renewer.js';
import type { ReplayRules } from './rules.js';

export interface Verdict {
  readonly kind: 'matched' | 'different' | 'unanswered' | 'uncompared';
  /** In clear. */
  readonly differences: readonly FieldDifference[];
}

const MATCHED: Verdict = { kind: 'matched', differences: [] };
const UNANSWERED: Verdict = { kind: 'unanswered', differences: [] };
const UNCOMPARED: Verdict = { kind: 'uncompared', differences: [] };
/** Shorter texts are found in others by chance. */
const CITED_LENGTH_MIN = 4;
const FIELDS_MAX = 193;

type Pair = readonly [before: string, after: string];

export class Judge {
  readonly #codec: Codec;
  readonly #rules: ReplayRules;
  readonly #renewer: Renewer;
  readonly #declared: (path: string) => void;
  /** By data element: the whole field is ignored. */
  readonly #ignoredWhole: readonly boolean[];
  readonly #forms: Forms;
  /** What is expected of the answer that is being judged. */
  #expected = Buffer.alloc(0);

  constructor(codec: Codec, rules: ReplayRules, renewer: Renewer, declared: (path: string) => void) {
    this.#codec = codec;
    this.#rules = rules;
    this.#renewer = renewer;
    this.#declared = declared;
    this.#ignoredWhole = Array.from({ length: FIELDS_MAX }, (_, de) => rules.ignored.has(String(de)));
    this.#forms = new Forms(codec, (path) => covers(rules.ignored, path));
  }

  judge(exchange: Exchange): Verdict {
    const { captured, capturedAnswer, live, liveAnswer, liveFault } = exchange;
    // Where not even a key could be read, nothing tells which answer is its.
    if (captured === 'cut') return live === 'answered' || !exchange.key ? UNCOMPARED : UNANSWERED;
    if (captured === 'silent') return live === 'answered' ? unexpected(exchange) : MATCHED;
    if (live !== 'answered') return UNANSWERED;
    if (!capturedAnswer) return UNCOMPARED;
    if (liveAnswer) return this.#compare(exchange, capturedAnswer, liveAnswer);
    return different(whole('message', 'Message as a whole', 'readable', liveFault));
  }

  #compare(exchange: Exchange, captured: Message, live: Message): Verdict {
    const { replaced, request } = exchange;
    const base = replaced.length > 0 ? this.#withReplaced(exchange, captured) : captured;
    const frame = this.#renewed(base, replaced);
    const isAuthentic = this.#rules.mac?.isAuthentic(live) ?? true;
    if (isAuthentic && this.#isOfKnownForm(frame, live, captured, request)) return MATCHED;
    const expected = base.over(Buffer.from(frame));
    const verdict =
      isAuthentic && this.#isSame(expected, live, captured, request)
        ? MATCHED
        : this.#laidOut(expected, live, captured, request, isAuthentic);
    if (verdict === MATCHED) this.#forms.learn(expected);
    return verdict;
  }

  /** In a buffer that the next answer of the same length has again. */
  #renewed(base: Message, replaced: Exchange['replaced']): Buffer {
    const { frame } = base;
    if (this.#expected.length !== frame.length) this.#expected = Buffer.alloc(frame.length);
    this.#expected.set(frame);
    this.#renewer.renew(base, this.#expected, replaced);
    return this.#expected;
  }

  #isOfKnownForm(frame: Buffer, live: Message, captured: Message, request: Message | undefined): boolean {
    return this.#forms.agree(frame, live.frame, (de) => isOwn(de, captured, request), this.#declared);
  }

  /** The captured answer with the request's new values where it echoed the old ones. */
  #withReplaced({ replaced }: Exchange, captured: Message): Message {
    let message = captured;
    for (const { path, before, after } of replaced) {
      if (message.text(path) !== before) continue;
      const frame = withValue(this.#codec, message, path, after);
      if (frame) message = this.#codec.parse(frame);
    }
    return message;
  }

  #isSame(expected: Message, live: Message, captured: Message, request: Message | undefined): boolean {
    if (expected.mti !== live.mti) return false;
    const fields = expected.fields();
    if (fields.length !== live.fields().length) return false;
    const declared: string[] = [];
    for (let at = 0; at < fields.length; at += 1) {
      const de = fields[at] as number;
      if (!live.has(de)) return false;
      if (isSameRange(expected, live, de, fields[at + 1])) continue;
      const before = expected.raw(de);
      const after = live.raw(de);
      if (before === undefined || after === undefined) return false;
      if (before.equals(after)) continue;
      if (this.#ignoredWhole[de] || isOwn(de, captured, request)) declared.push(String(de));
      else if (!this.#isSameInside(de, expected, live, captured, declared)) return false;
    }
    for (const path of declared) this.#declared(path);
    return true;
  }

  /** Of a field of tags: those that differ are ignored, or cite what is. */
  #isSameInside(
    de: number,
    expected: Message,
    live: Message,
    captured: Message,
    declared: string[],
  ): boolean {
    const before = expected.value(de);
    const after = live.value(de);
    if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return false;
    const pairs: Pair[] = [];
    const others: [tag: string, one: string, other: string][] = [];
    for (let at = 0; at < before.length; at += 1) {
      const [tag, one] = before[at] as TlvEntry;
      const [otherTag, other] = after[at] as TlvEntry;
      if (tag !== otherTag) return false;
      if (one === other) continue;
      if (typeof one !== 'string' || typeof other !== 'string') return false;
      if (this.#rules.ignored.has(`${de}.${tag}`)) {
        pairs.push([one, other]);
        declared.push(`${de}.${tag}`);
      } else others.push([tag, one, other]);
    }
    if (others.length === 0) return true;
    pairs.push(...renewedPairs(captured, expected));
    addText(pairs, 38, expected, live);
    for (const [tag, one, other] of others) {
      if (!isCited(one, other, pairs)) return false;
      declared.push(`${de}.${tag}`);
    }
    return true;
  }

  #laidOut(
    expected: Message,
    live: Message,
    captured: Message,
    request: Message | undefined,
    isAuthentic: boolean,
  ): Verdict {
    const all = differences(this.#codec, expected, live);
    const isDeclared = ({ path, before, after }: FieldDifference): boolean => {
      if (before === undefined || after === undefined) return covers(this.#rules.ignoredWholly, path);
      return covers(this.#rules.ignored, path) || isOwn(Number(path), captured, request);
    };
    const pairs = [
      ...renewedPairs(captured, expected),
      ...all.filter(isDeclared).map(({ before = '', after = '' }): Pair => [before, after]),
    ];
    const isExplained = (one: FieldDifference): boolean =>
      isDeclared(one) ||
      (one.before !== undefined && one.after !== undefined && isCited(one.before, one.after, pairs));
    const found = all.filter((one) => !isExplained(one));
    if (!isAuthentic) found.push(whole('mac', 'Message authentication code', 'right', 'not right'));
    for (const one of all) if (isExplained(one)) this.#declared(withoutOccurrence(one.path));
    return found.length === 0 ? MATCHED : { kind: 'different', differences: found };
  }
}

function unexpected({ liveAnswer }: Exchange): Verdict {
  const after = liveAnswer ? `${liveAnswer.mti} ${liveAnswer.text(39) ?? ''}`.trim() : 'not readable';
  return different(whole('answer', 'Answer', undefined, after));
}

function different(difference: FieldDifference): Verdict {
  return { kind: 'different', differences: [difference] };
}

/** A renewed field that the captured answer did not echo: the server's own. */
function isOwn(de: number, captured: Message, request: Message | undefined): boolean {
  if (!RENEWED_FIELDS.some((one) => one === de)) return false;
  return captured.has(de) && !(request && isSameField(captured, request, de));
}

/**
 * Whether a field, and what stands between it and the next one, is byte for byte the same. Makes no views, since most
 * fields of most answers are.
 */
function isSameRange(one: Message, other: Message, de: number, next: number | undefined): boolean {
  const from = one.offset(de) ?? 0;
  const otherFrom = other.offset(de) ?? 0;
  const bytes = (next === undefined ? one.frame.length : (one.offset(next) ?? 0)) - from;
  const otherBytes = (next === undefined ? other.frame.length : (other.offset(next) ?? 0)) - otherFrom;
  if (bytes !== otherBytes) return false;
  for (let i = 0; i < bytes; i += 1) if (one.frame[from + i] !== other.frame[otherFrom + i]) return false;
  return true;
}

/** The values that renewing replaced, since texts of the answer may cite them. */
function* renewedPairs(captured: Message, expected: Message): Generator<Pair> {
  for (const de of [37, 11]) {
    const before = captured.text(de);
    const after = expected.text(de);
    if (before !== undefined && after !== undefined && before !== after) yield [before, after];
  }
}

function addText(pairs: Pair[], de: number, expected: Message, live: Message): void {
  const before = expected.text(de);
  const after = live.text(de);
  if (before !== undefined && after !== undefined) pairs.push([before, after]);
}

/** Whether a text becomes the other one when what it cites is replaced, the longest first. */
function isCited(before: string, after: string, pairs: readonly Pair[]): boolean {
  let text = before;
  const longest = pairs
    .filter(([one, other]) => one.length >= CITED_LENGTH_MIN && one !== other)
    .sort(([one], [other]) => other.length - one.length);
  for (const [one, other] of longest) text = text.replaceAll(one, () => other);
  return text === after;
}

/** Whether a path, or one that it lies in, is in the set. */
function covers(set: ReadonlySet<string>, path: string): boolean {
  let part = withoutOccurrence(path);
  for (;;) {
    if (set.has(part)) return true;
    const dot = part.lastIndexOf('.');
    if (dot < 0) return false;
    part = part.slice(0, dot);
  }
}

function whole(
  path: string,
  name: string,
  before: string | undefined,
  after: string | undefined,
): FieldDifference {
  return { path, name, before, after, sensitive: false };
}
