/**
 * The power cut campaign: what a real switch did to its files is written down while it sells, disks are rebuilt as a power
 * cut at any moment could have left them, with what was not synced dropped, kept or torn by sectors, and each is opened
 * with the switch's own store. Every sale that had been answered by then has to be there, and the audit has to be right.
 *
 *   node dist/scripts/campaigns/power.js [--images 10000] [--sales 1500] [--synchronous FULL|NORMAL] [--seed N]
 *
 * Exit code 1 where an image is bad; with NORMAL, where none is: then the campaign could not see.
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
  readonly sales: number;
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
  /** Images in which something was not synced. */
  readonly unsynced: number;
  readonly bad: number;
  /** The first bad ones: where the cut was, and what is wrong. */
  readonly faults: readonly string[];
}

const SURVIVALS: readonly Survival[] = ['any', 'any', 'nothing', 'all'];
const FAULTS_SHOWN = 5;

export async function powerCampaign(options: PowerOptions): Promise<PowerReport> {
  const { sales, terminals, synchronous, seed } = options;
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'prepaid-switch-power-'));
  try {
    const recorded = await recordRun({ folder, sales, terminals, synchronous, chance: new Chance(seed) });
    return checkCuts(folder, recorded, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkCuts(
  folder: string,
  recorded: Recorded,
  { images, sales, seed, log }: PowerOptions,
): PowerReport {
  const chance = new Chance(seed);
  const trace = readFileSync(recorded.trace);
  const records: TraceRecord[] = [...recordsOf(trace)];
  const disk = new Disk(
    new Map(
      ['', '-wal']
        .map((name) => [name, join(recorded.base, `switch.db${name}`)] as const)
        .filter(([, path]) => existsSync(path))
        .map(([name, path]) => [name, readFileSync(path)]),
    ),
  );
  const checker = new ImageChecker(join(folder, 'image'), recorded.told);
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
  return { images, sales, records: records.length, traceBytes: trace.length, unsynced, bad, faults };
}

if (process.argv[1] && import.meta.url.endsWith(`/campaigns/${process.argv[1].split('/').pop() ?? '-'}`)) {
  const { values } = parseArgs({
    options: {
      images: { type: 'string', default: '10000' },
      sales: { type: 'string', default: '1500' },
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
    sales: Number(values.sales),
    terminals: Number(values.terminals),
    synchronous,
    seed: Number(values.seed),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), synchronous, ...report }, null, 2)}\n`);
  process.exit((report.bad === 0) === (synchronous === 'FULL') ? 0 : 1);
}
