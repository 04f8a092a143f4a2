/**
 * Framing and format of unknown traffic, by trying: every framing that cuts the streams, every place in a frame where
 * a message may begin, every format; the best few are then varied field by field. A guess is scored 0 to 100 by how
 * much is read to its end and how plausible it is, and gives its reasons.
 * Maximums: BODIES_GLANCED messages in the first pass, BODIES_FIRST for the TRIED best of it, BODIES_MAX for those at the
 * end; CLIMBED guesses varied, GUESSES_TOLD told.
 */
import { Iso8583Error } from '../../iso8583/index.js';
import { type FramingSpec, framingSchema } from '../../transport/index.js';
import { climb } from './climb.js';
import { type Cut, cutBy, cutsOf, packetsOf } from './cuts.js';
import { type Candidate, candidates } from './formats.js';
import { headerLengths } from './headers.js';
import type { Service } from './sample.js';
import { type Body, type Reading, reading } from './score.js';

const BODIES_GLANCED = 6;
const BODIES_FIRST = 24;
const BODIES_MAX = 300;
const TRIED = 24;
const CLIMBED = 6;
/** What is read less well is noise. */
const CLIMB_MIN = 8;
/** Where more were needed, another format may need fewer. */
const CHANGES_FEW = 2;
/** So many frames in a row are no chance. */
const FRAMES_TELLING = 3;
/** A format that reads so well is not varied. */
const SCORE_ENOUGH = 96;
const COVERAGE_ENOUGH = 0.8;
const GUESSES_TOLD = 5;
/** Under these a reading is chance. */
const SCORE_MIN = 50;
const PLAUSIBLE_MIN = 0.7;
/** What each thing that a guess leaves unexplained takes off its score. */
const COST = { keepAlives: 0.2, header: 0.03, change: 0.004, changeOfOne: 0.05, undelimited: 0.02 } as const;
const HEADER_WORTH = 0.6;
const TPDU_BYTES = 5;
const TPDU_ID = 0x60;

export interface Guess {
  /** 0 to 100. */
  readonly score: number;
  /** Undefined where the messages stood alone, each in a line of a list: nothing tells the framing. */
  readonly framing: FramingSpec | undefined;
  readonly format: Candidate;
  readonly frames: number;
  readonly keepAlives: number;
  readonly coverage: number;
  readonly reading: Reading;
  /** The messages that it was read from. */
  readonly bodies: readonly Body[];
}

/** A framing, and where behind its length the messages begin. */
interface Placed {
  readonly cut: Cut;
  readonly header: number;
}

interface Tried extends Placed {
  readonly format: Candidate;
  readonly score: number;
  readonly structured: number;
}

/** The likeliest first; none where nothing is read better than by chance. `lines`: a list of messages, each in a line. */
export function guessesOf(service: Service, lines: boolean): Guess[] {
  // Thousands of tries fail by an error each, whose stacks would cost more than everything else.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return guessed(service, lines);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function guessed(service: Service, lines: boolean): Guess[] {
  const cuts = [...cutsOf(service.runs), packetsOf(service.runs, lines)];
  const formats = candidates();
  const first = cuts.flatMap((cut) => headersOf(cut).map((header): Placed => ({ cut, header })));
  const glanced = first
    .flatMap((placed) => formats.map((format) => tryOne(placed, format, BODIES_GLANCED)))
    .filter(({ score }) => score > 0);
  const tried = best(glanced, TRIED)
    .map((one) => tryOne(one, one.format, BODIES_FIRST))
    .sort(byScore);
  const varied: Tried[] = [];
  for (const one of isSettled(tried, service) ? [] : worthClimbing(glanced)) {
    const bodies = bodiesOf(one, BODIES_FIRST);
    const format = climb(one.format, bodies);
    varied.push(tryOne(one, format, BODIES_FIRST));
    if (isRead(format, bodies) && format.changes.length <= CHANGES_FEW) break;
  }
  const last = [...varied, ...tried.slice(0, 2 * GUESSES_TOLD)]
    .map((one) => tryOne(delimited(one, service), one.format, BODIES_MAX))
    .filter(({ score }) => score >= SCORE_MIN);
  return best(distinct(last), GUESSES_TOLD)
    .map(told)
    .filter(({ reading: { plausible } }) => plausible >= PLAUSIBLE_MIN);
}

/** Of equals, those that were tried first. */
function best(tried: readonly Tried[], most: number): Tried[] {
  return [...tried].sort(byScore).slice(0, most);
}

/** Whether one reads well as it is; where packets were taken for messages, once they are cut rightly. */
function isSettled(tried: readonly Tried[], service: Service): boolean {
  const [top] = tried;
  if (top === undefined) return false;
  const placed = delimited(top, service);
  return placed.cut.coverage >= COVERAGE_ENOUGH && isRead(top.format, bodiesOf(placed, BODIES_FIRST));
}

/**
 * The best of different formats: where a framing cuts the streams, of those frames; packets are taken for messages
 * only where none does.
 */
function worthClimbing(tried: readonly Tried[]): Tried[] {
  const framed = tried.filter(({ cut }) => cut.framing !== undefined && cut.frames.length >= FRAMES_TELLING);
  const formats = new Set<Candidate>();
  const scores = new Set<number>();
  return (
    [...(framed.length > 0 ? framed : tried)]
      .sort((a, b) => worthOf(b) - worthOf(a))
      .filter(({ format }) => !formats.has(format) && formats.add(format))
      // A dialect that reads these messages as another format does has nothing to add to it.
      .filter(({ score }) => score >= CLIMB_MIN && !scores.has(score) && scores.add(score))
      .slice(0, CLIMBED)
  );
}

/** Where most is not read yet, what stands at the beginning is likelier the message than what stands behind. */
function worthOf({ cut, header, score }: Tried): number {
  return header > (hasTpdu(cut, header) ? TPDU_BYTES : 0) ? HEADER_WORTH * score : score;
}

function isRead({ codec }: Candidate, bodies: readonly Body[]): boolean {
  return reading(codec, bodies).score >= SCORE_ENOUGH;
}

/** Scores that differ in less than a tenth say the same. */
function byScore(a: Tried, b: Tried): number {
  return Math.round(10 * b.score) - Math.round(10 * a.score) || b.structured - a.structured;
}

function headersOf(cut: Cut): number[] {
  return headerLengths(cut.frames.map(({ bytes }) => bytes));
}

function tryOne(placed: Placed, format: Candidate, most: number): Tried {
  const { score, structured } = reading(format.codec, bodiesOf(placed, most));
  return { ...placed, format, structured, score: score * credit(placed, format) };
}

/** What a guess leaves unexplained, or explains by more than it need. */
function credit({ cut, header }: Placed, format: Candidate): number {
  const { frames, keepAlives, coverage, framing, listed } = cut;
  const undelimited = !listed && (framing === undefined || framing.kind === 'none');
  const tpdu = hasTpdu(cut, header);
  // One message can be made to fit by changes that say nothing of the next.
  const changeCost = Math.max(COST.change, COST.changeOfOne / Math.max(1, frames.length));
  const unexplained = header + (framing?.headerBytes ?? 0) > (tpdu ? TPDU_BYTES : 0);
  return (
    coverage *
    (1 - COST.keepAlives * Math.min(1, keepAlives / Math.max(1, frames.length))) *
    (1 - (unexplained ? COST.header : 0)) *
    (1 - (undelimited ? COST.undelimited : 0)) *
    (1 - changeCost * format.changes.length)
  );
}

/** Evenly chosen from all of them. */
function bodiesOf({ cut, header }: Placed, most: number): Body[] {
  const { frames } = cut;
  const step = Math.max(1, frames.length / most);
  const bodies: Body[] = [];
  for (let at = 0; at < frames.length && bodies.length < most; at += step) {
    const frame = frames[Math.floor(at)];
    if (frame) bodies.push({ connection: frame.connection, bytes: frame.bytes.subarray(header) });
  }
  return bodies;
}

/** Packets taken for messages, cut where the format says that a message ends, as a link of framing `none` cuts. */
function delimited(tried: Tried, { runs }: Service): Placed {
  if (tried.cut.framing !== undefined || tried.cut.listed) return tried;
  const { codec } = tried.format;
  const spec = framingSchema.parse({ kind: 'none', headerBytes: tried.header });
  const cut = cutBy(spec, runs, (bytes) => {
    try {
      codec.parse(bytes);
      return bytes.length;
    } catch (error) {
      return error instanceof Iso8583Error && error.field === 'message' ? error.offset : undefined;
    }
  });
  return { cut, header: 0 };
}

/** One guess for each framing and each way of reading. */
function distinct(tried: readonly Tried[]): Tried[] {
  const seen = new Set<string>();
  return tried.filter(({ cut, header, format }) => {
    const key = JSON.stringify([cut.framing, header, format.base, format.changes]);
    return !seen.has(key) && seen.add(key);
  });
}

function told(tried: Tried): Guess {
  const { cut, header, format, score } = tried;
  const bodies = bodiesOf(tried, BODIES_MAX);
  return {
    score,
    framing: cut.listed ? undefined : withHeader(cut, header),
    format,
    frames: cut.frames.length,
    keepAlives: cut.keepAlives,
    coverage: cut.coverage,
    reading: reading(format.codec, bodies),
    bodies,
  };
}

/** The framing with what stands between length and message. */
function withHeader(cut: Cut, header: number): FramingSpec {
  const spec = cut.framing ?? framingSchema.parse('none');
  const tpdu = hasTpdu(cut, header);
  const first = cut.frames[0]?.bytes ?? Buffer.alloc(0);
  const rest = header - (tpdu ? TPDU_BYTES : 0);
  return {
    ...spec,
    headerBytes: spec.headerBytes + rest,
    ...(tpdu ? { tpdu: 'swap' as const, tpduHex: first.toString('hex', 0, TPDU_BYTES) } : {}),
    ...(rest > 0 && spec.kind !== 'vap' ? { headerHex: first.toString('hex', header - rest, header) } : {}),
  };
}

function hasTpdu({ frames }: Cut, header: number): boolean {
  return header >= TPDU_BYTES && frames.every(({ bytes }) => bytes[0] === TPDU_ID);
}
