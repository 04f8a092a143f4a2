/**
 * Tries framings on runs of bytes: how many frames each cuts, and how many bytes it cannot account for. A run may begin
 * within a frame; then the beginnings of its first packets are tried.
 * Maximums: a frame of FRAME_BYTES_MAX bytes, STARTS_TRIED beginnings.
 */
import type { Direction } from '../../capture/types.js';
import {
  createFraming,
  FramingError,
  type FramingSpec,
  framingSchema,
  type Measure,
} from '../../transport/index.js';
import type { Run } from './sample.js';

const FRAME_BYTES_MAX = 8_192;
const STARTS_TRIED = 8;

/** A frame's bytes behind its length, headers and all. */
export interface CutFrame {
  readonly connection: number;
  readonly direction: Direction;
  readonly bytes: Buffer;
}

export interface Cut {
  /** Undefined where every packet, or every line of a list, was taken for a message. */
  readonly framing: FramingSpec | undefined;
  /** Lines of a list, which may be messages without framing. */
  readonly listed: boolean;
  readonly frames: readonly CutFrame[];
  readonly keepAlives: number;
  /** Bytes of frames, of all bytes except those of a last frame that did not end. */
  readonly coverage: number;
}

const NAMES = [
  'length2',
  'length2-inclusive',
  'base24-etx',
  'vap',
  'cs',
  'gicc',
  'bcd2',
  'length2-le',
  'ascii4',
  'hex4',
  'ascii2',
  'ascii3',
  'ascii5',
  'ascii6',
  'ascii7',
  'ascii8',
  'ascii1',
] as const;

/** The framings that cut at least one frame and lose little, the likelier of two that cut alike first. */
export function cutsOf(runs: readonly Run[]): Cut[] {
  const cuts = NAMES.map((name) => cutBy(framingSchema.parse(name), runs));
  return cuts.filter(({ frames, coverage }) => frames.length > 0 && coverage > 0.5);
}

/** Every packet, or line of a list, as a frame. */
export function packetsOf(runs: readonly Run[], listed: boolean): Cut {
  const frames = runs.flatMap(({ connection, direction, bytes, starts }) =>
    starts.map((start, at) => ({
      connection,
      direction,
      bytes: bytes.subarray(start, starts[at + 1] ?? bytes.length),
    })),
  );
  return { framing: undefined, listed, frames, keepAlives: 0, coverage: 1 };
}

export function cutBy(framing: FramingSpec, runs: readonly Run[], measure?: Measure): Cut {
  const whole = createFraming(framing, FRAME_BYTES_MAX, measure);
  const frames: CutFrame[] = [];
  let keepAlives = 0;
  let covered = 0;
  let total = 0;
  for (const run of runs) {
    const best = bestOf(run.starts.slice(0, STARTS_TRIED).map((start) => cutFrom(whole, run, start)));
    frames.push(...best.frames);
    keepAlives += best.keepAlives;
    covered += best.covered;
    total += best.total;
  }
  return { framing, listed: false, frames, keepAlives, coverage: total === 0 ? 0 : covered / total };
}

interface RunCut {
  readonly frames: readonly CutFrame[];
  readonly keepAlives: number;
  readonly covered: number;
  readonly total: number;
}

/** The one that accounts for the most; the earliest of equals. */
function bestOf(cuts: readonly RunCut[]): RunCut {
  return cuts.reduce((best, cut) => (cut.covered > best.covered ? cut : best));
}

function cutFrom(framing: ReturnType<typeof createFraming>, run: Run, start: number): RunCut {
  const { connection, direction, bytes } = run;
  const cutter = framing.cutter();
  const frames: CutFrame[] = [];
  let keepAlives = 0;
  let covered = 0;
  let total = bytes.length;
  try {
    cutter.push(bytes.subarray(start));
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) {
      const before = covered;
      if (frame === 'keep-alive') {
        keepAlives += 1;
        covered += framing.wireLength(NOTHING, NOTHING);
      } else {
        frames.push({ connection, direction, bytes: frame.body });
        covered = before + framing.wireLength(frame.header, frame.body);
      }
    }
    // What is left is the beginning of a frame whose end is not in the run.
    if (frames.length > 0) total = start + covered;
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
  }
  return { frames, keepAlives, covered, total };
}

const NOTHING = Buffer.alloc(0);
