/**
 * The power cut campaign of what operators do: intake into an installation that was not there, keys, exports, archives, all
 * recorded, from the first folder on. Of disks that a cut at any moment could have left each is opened and gone on with:
 * what a command had said to be done is there, keys open what was sealed, and an archive holds what has left the journal.
 * Besides the images chosen by chance there is one of each step's end, of which nothing is left that was not synced.
 *
 *   node dist/scripts/campaigns/power-files.js [--images 2000] [--seed N]
 *
 * Exit code 1 where an image is bad.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { packageRoot } from '../../src/base/root.js';
import { childEnvironment } from '../../test/support/process.js';
import { isProgram } from './campaign.js';
import { FilesChecker } from './power/checkFiles.js';
import { type CutReport, checkCuts, filesBelow, type Run, refuseHoles } from './power/cuts.js';
import { recording } from './power/shim.js';
import type { Done } from './power/steps.js';
import { recordsOf } from './power/trace.js';
import { hasCompiler } from './preload.js';

const OPERATE = join(packageRoot(), 'dist/scripts/campaigns/power/operate.js');

export interface PowerFilesOptions {
  readonly images: number;
  /** Two operators export PINs as well, which takes as long as all else. */
  readonly isWhole: boolean;
  /** After how many images the program goes on with one. */
  readonly goOnEach: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface PowerFilesReport extends CutReport {
  readonly images: number;
  readonly steps: number;
  readonly records: number;
}

export async function powerFilesCampaign({
  images,
  isWhole,
  goOnEach,
  seed,
  log,
}: PowerFilesOptions): Promise<PowerFilesReport> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'prepaid-switch-power-'));
  try {
    const [root, image, trace] = ['root', 'image', 'trace'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(root);
    const env = { ...childEnvironment(), ...recording(folder, root, trace) };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [OPERATE, root, folder, trace, isWhole ? 'whole' : 'short'],
      { env },
    );
    const steps = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Done);
    const records = [...recordsOf(readFileSync(trace))];
    const left = filesBelow(root);
    const checker = new FilesChecker({ root: image, left, steps, goOnEach });
    const run: Run = {
      records,
      base: new Map(),
      image,
      fault: (at) => checker.fault(at),
      always: steps.map(({ at }) => at),
      seed,
      log,
    };
    refuseHoles(run, left);
    return { images, steps: steps.length, records: records.length, ...(await checkCuts(run, images)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      images: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  if (!hasCompiler()) {
    process.stderr.write('power-files campaign: needs Linux and a C compiler (cc)\n');
    process.exit(2);
  }
  const report = await powerFilesCampaign({
    images: Number(values.images),
    isWhole: true,
    goOnEach: 5,
    seed: Number(values.seed),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...report }, null, 2)}\n`);
  process.exit(report.bad === 0 ? 0 : 1);
}
