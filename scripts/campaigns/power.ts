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
import { ImageChecker } from './power/check.js';
import { Disk, type Survival } from './power/disk.js';
import { hasCompiler, type Recorded, recordRun } from './power/record.js';
import { recordsOf, type TraceRecord } from './power/trace.js';

export { hasCompiler } from './power/record.js';

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

export interface PowerReport {
  readonly images: number;
  readonly sales: number;
  readonly records: number;
  readonly traceBytes: number;
  /** How often the log was begun again from its start, all of it being in switch.db. */
  readonly logsBegun: number;
  /** Writes of one thread while a sync of another was under way. */
  readonly amidSyncs: number;
  /** Images in which something was not synced. */
  readonly unsynced: number;
  /** Answered sales that were looked up, over all images. */
  readonly held: number;
  readonly bad: number;
  readonly lyingBad: number;
  /** The first bad ones: where the cut was, and what is wrong. */
  readonly faults: readonly string[];
}

const SURVIVALS: readonly Survival[] = ['any', 'any', 'nothing', 'all'];
const FAULTS_SHOWN = 5;
const DATABASE = '';

export async function powerCampaign(options: PowerOptions): Promise<PowerReport> {
  const { images, lyingImages, sales, seed, log } = options;
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'prepaid-switch-power-'));
  try {
    const recorded = await recordRun({ ...options, folder, chance: new Chance(seed) });
    const trace = readFileSync(recorded.trace);
    const records = [...recordsOf(trace)];
    const run: Run = { records, recorded, image: join(folder, 'image'), seed, log };
    refuseHoles(run);
    const honest = checkCuts(run, images);
    const lying = checkCuts({ ...run, liesOf: DATABASE }, lyingImages);
    const whole = { sales, records: records.length, traceBytes: trace.length, ...movesOf(records) };
    return { images, ...whole, ...honest, lyingBad: lying.bad };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly records: readonly TraceRecord[];
  readonly recorded: Recorded;
  readonly image: string;
  readonly seed: number;
  readonly liesOf?: string;
  readonly log: (line: string) => void;
}

/** Throws where the records do not give the files that the switch left: then it wrote in a way that the shim does not see. */
function refuseHoles({ records, recorded }: Run): void {
  const disk = new Disk(filesIn(recorded.base));
  for (const record of records) disk.follow(record);
  const told = disk.cut('all', new Chance(0));
  for (const [name, content] of filesIn(recorded.left)) {
    if (!told.get(name)?.equals(content)) throw new Error(`the trace does not tell all of switch.db${name}`);
  }
}

function filesIn(folder: string): Map<string, Buffer> {
  const files = ['', '-wal']
    .map((name) => [name, join(folder, `switch.db${name}`)] as const)
    .filter(([, path]) => existsSync(path));
  return new Map(files.map(([name, path]) => [name, readFileSync(path)]));
}

function movesOf(records: readonly TraceRecord[]): Pick<PowerReport, 'logsBegun' | 'amidSyncs'> {
  const log = records.find(({ type, bytes }) => type === 'o' && bytes.toString() === '-wal')?.file;
  let [logsBegun, amidSyncs, under] = [0, 0, 0];
  for (const { type, file, offset } of records) {
    if (type === 'b') under += 1;
    else if (type === 'e') under -= 1;
    else if (type === 'w') {
      if (under > 0) amidSyncs += 1;
      if (file === log && offset === 0) logsBegun += 1;
    }
  }
  return { logsBegun, amidSyncs };
}

function checkCuts(
  { records, recorded, image, seed, liesOf, log }: Run,
  images: number,
): Pick<PowerReport, 'unsynced' | 'held' | 'bad' | 'faults'> {
  const chance = new Chance(seed);
  const disk = new Disk(filesIn(recorded.base), liesOf);
  const checker = new ImageChecker(image, recorded.told);
  const cuts = Array.from({ length: images }, () => Math.floor(chance.next() * records.length)).sort(
    (a, b) => a - b,
  );
  const faults: string[] = [];
  let [at, bad, unsynced, done] = [0, 0, 0, 0];
  for (const cut of cuts) {
    for (; at <= cut; at += 1) disk.follow(records[at] as TraceRecord);
    const survival = SURVIVALS[done % SURVIVALS.length] as Survival;
    if (disk.unsynced > 0) unsynced += 1;
    const fault = checker.fault(disk.cut(survival, chance), records[cut]?.end ?? 0);
    done += 1;
    if (fault !== undefined) {
      bad += 1;
      if (faults.length < FAULTS_SHOWN)
        faults.push(`cut behind record ${cut}, ${survival} of what was unsynced: ${fault}`);
    }
    if (done % 1_000 === 0) log(`${done} images, ${bad} bad`);
  }
  return { unsynced, held: checker.held, bad, faults };
}

if (process.argv[1] && import.meta.url.endsWith(`/campaigns/${process.argv[1].split('/').pop() ?? '-'}`)) {
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
