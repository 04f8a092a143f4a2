/**
 * Mutated frames through the switch's own framing, codec and conduit, over every format, profile and framing. At the first
 * that is neither read nor refused with a field and an offset, it tells the seed of that frame and ends with 1.
 *
 *   node dist/scripts/campaigns/fuzz-frames.js [--frames 10000000] [--seed N]
 */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Chance } from '../../src/base/chance.js';
import { isProgram } from './campaign.js';
import { putThrough, type Seen } from './fuzz/frame.js';
import { type Target, targets } from './fuzz/targets.js';

/** Bytes of memory that may be in use at the end beyond those after a tenth. */
const GROWTH_MAX = 32_000_000;

export interface FuzzReport {
  readonly frames: number;
  readonly formats: number;
  readonly read: number;
  readonly refused: number;
  readonly cutOff: number;
  /** Different fields that refusals named. */
  readonly fields: number;
  /** Memory in use after a tenth, and at the end, bytes. */
  readonly heapEarly: number;
  readonly heapEnd: number;
  readonly fault: string | undefined;
}

/** Each frame has a chance of its own, so that one alone can be looked at: `frames: 1` with its seed. */
export function fuzzFrames(frames: number, seed: number, log: (line: string) => void = () => {}): FuzzReport {
  const all = targets();
  const seen: Seen = { read: 0, refused: 0, cutOff: 0, fields: new Map() };
  let [heapEarly, done] = [0, 0];
  let fault: string | undefined;
  for (; done < frames && fault === undefined; done += 1) {
    const target = all[(seed + done) % all.length] as Target;
    try {
      putThrough(target, new Chance(seed + done), seen);
    } catch (error) {
      fault = `seed ${seed + done}, ${target.codec.name}: ${error instanceof Error ? error.stack : String(error)}`;
    }
    if (done === Math.floor(frames / 10)) heapEarly = heapUsed();
    if (done > 0 && done % 1_000_000 === 0) log(`${done} frames`);
  }
  const { fields, ...counts } = seen;
  return {
    ...{ frames: done, formats: all.length, ...counts, fields: fields.size },
    ...{ heapEarly, heapEnd: heapUsed(), fault },
  };
}

/** After a collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const begun = Date.now();
  const seed = Number(values.seed);
  const report = fuzzFrames(Number(values.frames), seed, (line) => process.stdout.write(`${line}\n`));
  const seconds = Math.round((Date.now() - begun) / 1_000);
  process.stdout.write(`${JSON.stringify({ seed, seconds, ...report }, null, 2)}\n`);
  const grown = report.heapEnd - report.heapEarly;
  if (grown > GROWTH_MAX) process.stderr.write(`memory has grown by ${grown} bytes\n`);
  process.exitCode = report.fault === undefined && grown <= GROWTH_MAX ? 0 : 1;
}
