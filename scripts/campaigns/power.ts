/**
 * The power cut campaign: what a real switch did to its files is written down while it sells, disks are rebuilt as a power
 * cut at any moment could have left them, with what was not synced dropped, kept or torn by sectors, and each is opened
 * with the switch's own store. Every sale that had been answered by then has to be there, and the audit has to be right.
 *
 *   node dist/scripts/campaigns/power.js [--images 10000] [--sales 1500] [--rounds 15] [--synchronous FULL|NORMAL] [--seed N]
 *
 * Exit code 1 where an image is bad; with NORMAL, or of a disk that lies (300 images of the same run), where none is: then
 * the campaign could not see.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from '../../src/base/chance.js';
import { isProgram } from './campaign.js';
import { ImageChecker } from './power/check.js';
import { type CutReport, checkCuts, type Run, refuseHoles } from './power/cuts.js';
import { recordRun } from './power/record.js';
import { recordsOf, type TraceRecord } from './power/trace.js';
import { hasCompiler } from './preload.js';

export interface PowerOptions {
  readonly images: number;
  /** Besides, of a disk that answers syncs of switch.db and does not do them: some of these have to be bad. */
  readonly lyingImages: number;
  readonly sales: number;
  readonly rounds: number;
  readonly terminals: number;
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface PowerReport extends CutReport {
  readonly images: number;
  readonly sales: number;
  readonly records: number;
  readonly traceBytes: number;
  /** How often the log was begun again from its start, all of it being in switch.db. */
  readonly logsBegun: number;
  /** Writes of one thread while a sync of another was under way. */
  readonly amidSyncs: number;
  /** Answered sales that were looked up, over all images. */
  readonly held: number;
  readonly lyingBad: number;
}

const DATABASE = 'switch.db';
const LOG = 'switch.db-wal';

export async function powerCampaign(options: PowerOptions): Promise<PowerReport> {
  const { images, lyingImages, sales, seed, log } = options;
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'prepaid-switch-power-'));
  try {
    const { base, left, trace, told } = await recordRun({ ...options, folder, chance: new Chance(seed) });
    const records = [...recordsOf(readFileSync(trace))];
    const image = join(folder, 'image');
    const checker = new ImageChecker(image, told);
    const run: Run = { records, base, image, fault: (at) => checker.fault(at), seed, log };
    refuseHoles(run, left);
    const honest = await checkCuts(run, images);
    const { held } = checker;
    const lying = await checkCuts({ ...run, liesOf: DATABASE }, lyingImages);
    const whole = { sales, records: records.length, traceBytes: records.at(-1)?.end ?? 0 };
    return { images, ...whole, ...movesOf(records), held, ...honest, lyingBad: lying.bad };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function movesOf(records: readonly TraceRecord[]): Pick<PowerReport, 'logsBegun' | 'amidSyncs'> {
  const logs = new Set<bigint>();
  let [logsBegun, amidSyncs, under] = [0, 0, 0];
  for (const { type, inode, offset, bytes } of records) {
    if (type === 'o' && bytes.toString() === LOG) logs.add(inode);
    else if (type === 'b') under += 1;
    else if (type === 'e') under -= 1;
    else if (type === 'w') {
      if (under > 0) amidSyncs += 1;
      if (logs.has(inode) && offset === 0) logsBegun += 1;
    }
  }
  return { logsBegun, amidSyncs };
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      images: { type: 'string', default: '10000' },
      sales: { type: 'string', default: '1500' },
      rounds: { type: 'string', default: '15' },
      terminals: { type: 'string', default: '8' },
      synchronous: { type: 'string', default: 'FULL' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  if (!hasCompiler()) {
    process.stderr.write('power campaign: needs Linux and a C compiler (cc)\n');
    process.exit(2);
  }
  const synchronous = values.synchronous === 'NORMAL' ? 'NORMAL' : 'FULL';
  const report = await powerCampaign({
    images: Number(values.images),
    lyingImages: 300,
    sales: Number(values.sales),
    rounds: Number(values.rounds),
    terminals: Number(values.terminals),
    synchronous,
    seed: Number(values.seed),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), synchronous, ...report }, null, 2)}\n`);
  const isRight = (report.bad === 0) === (synchronous === 'FULL') && report.lyingBad > 0;
  process.exit(isRight ? 0 : 1);
}
