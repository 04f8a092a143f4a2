/**
 * Improves on a format step by step: of all single changes the best few are kept and changed further, as long as that
 * helps.
 * Maximums: STEPS_MAX changes; BEAM formats kept at a time; COMPILED_MAX formats tried.
 */
import { Iso8583Error } from '../../iso8583/index.js';
import { type Candidate, candidateOf, joined } from './formats.js';
import { type Body, type Reading, reading } from './score.js';
import { CODINGS, type Variation, variationsOf } from './variations.js';

const STEPS_MAX = 6;
const BEAM = 2;
const COMPILED_MAX = 300;
/** A change must gain so much of the score. */
const GAIN_MIN = 0.3;
/** Fields before one that messages break off in that may be the cause. */
const SUSPECTS_BEFORE = 4;
/** No change is worth trying where messages are read so well. */
const SCORE_ENOUGH = 99;

interface Step {
  readonly format: Candidate;
  readonly reading: Reading;
}

/** The best that was found, the format itself where nothing helps. */
export function climb(from: Candidate, bodies: readonly Body[]): Candidate {
  let best: Step = { format: from, reading: reading(from.codec, bodies) };
  let beam: readonly Step[] = [best];
  let left = COMPILED_MAX;
  for (let step = 0; step < STEPS_MAX && best.reading.score < SCORE_ENOUGH && left > 0; step += 1) {
    const found: Step[] = [];
    for (const before of beam) {
      for (const variation of worthTrying(before, bodies).slice(0, left)) {
        left -= 1;
        const format = change(before.format, variation);
        if (format === undefined) continue;
        const after = reading(format.codec, bodies);
        if (after.score > before.reading.score + GAIN_MIN) found.push({ format, reading: after });
      }
    }
    beam = found.sort(byScore).slice(0, BEAM);
    const [top] = beam;
    if (top === undefined) break;
    if (top.reading.score > best.reading.score) best = top;
  }
  return best.format;
}

function byScore(a: Step, b: Step): number {
  return b.reading.score - a.reading.score;
}

function change(candidate: Candidate, { overlay, change: what }: Variation): Candidate | undefined {
  return candidateOf(candidate.base, joined(candidate.overlay, overlay), [...candidate.changes, what]);
}

/** Codings, which concern all fields, where messages break off; single fields near those that are wrong. */
function worthTrying({ format, reading: read }: Step, bodies: readonly Body[]): Variation[] {
  const suspects = new Set<number>(read.doubtful.keys());
  const present = presentIn(format, bodies);
  for (const path of read.broken.keys()) {
    const broken = path === 'message' ? Number.POSITIVE_INFINITY : Number.parseInt(path, 10);
    if (Number.isNaN(broken)) continue;
    const before = present.filter((de) => de < broken).slice(-SUSPECTS_BEFORE);
    for (const de of Number.isFinite(broken) ? [...before, broken] : before) suspects.add(de);
  }
  const fields = [...suspects].sort((a, b) => a - b).flatMap(variationsOf);
  return read.whole < read.messages || read.plausible < 0.9 ? [...fields, ...CODINGS] : fields;
}

/** Data elements that the messages read so far have, ascending. */
function presentIn(candidate: Candidate, bodies: readonly Body[]): number[] {
  const des = new Set<number>();
  for (const { bytes } of bodies) {
    try {
      for (const de of candidate.codec.parse(bytes).fields()) des.add(de);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      for (const de of error.partial?.fields() ?? []) des.add(de);
    }
  }
  return [...des].sort((a, b) => a - b);
}
