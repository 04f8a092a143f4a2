/** Cuts the power behind records of a trace, chosen by chance, and has what is left looked at. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Chance } from '../../../src/base/chance.js';
import { Disk, type Files } from './disk.js';
import type { Survival } from './file.js';
import type { TraceRecord } from './trace.js';

export interface Run {
  readonly records: readonly TraceRecord[];
  /** Before the first record. */
  readonly base: Files;
  /** The folder that images are written into, each in place of the one before. */
  readonly image: string;
  /** What is wrong with the image, in words, where the trace had `at` bytes; undefined where nothing is. */
  readonly fault: (at: number) => Promise<string | undefined> | string | undefined;
  /** Bytes of the trace at which a cut that leaves nothing unsynced is looked at besides. */
  readonly always?: readonly number[];
  readonly seed: number;
  /** Path of a file whose syncs the disk answers and does not do. */
  readonly liesOf?: string;
  readonly log: (line: string) => void;
}

export interface CutReport {
  /** Images in which something was not synced. */
  readonly unsynced: number;
  readonly bad: number;
  /** The first bad ones: where the cut was, and what is wrong. */
  readonly faults: readonly string[];
}

interface Cut {
  /** Behind which record. */
  readonly behind: number;
  readonly survival: Survival;
}

const SURVIVALS: readonly Survival[] = ['any', 'any', 'nothing', 'all'];
const FAULTS_SHOWN = 5;
const LOGGED_EACH = 1_000;

export async function checkCuts(run: Run, images: number): Promise<CutReport> {
  const { records, seed, log } = run;
  const chance = new Chance(seed);
  const disk = new Disk(run.base, run.liesOf);
  const faults: string[] = [];
  let [at, bad, unsynced, done] = [0, 0, 0, 0];
  for (const { behind, survival } of cutsOf(run, images, chance)) {
    for (; at <= behind; at += 1) disk.follow(records[at] as TraceRecord);
    if (disk.unsynced > 0) unsynced += 1;
    write(run.image, disk.cut(survival, chance));
    const fault = await run.fault(records[behind]?.end ?? 0);
    done += 1;
    if (fault !== undefined) {
      bad += 1;
      if (faults.length < FAULTS_SHOWN)
        faults.push(`cut behind record ${behind}, ${survival} of what was unsynced: ${fault}`);
    }
    if (done % LOGGED_EACH === 0) log(`${done} images, ${bad} bad`);
  }
  return { unsynced, bad, faults };
}

/** In the order of the trace. */
function cutsOf({ records, always = [] }: Run, images: number, chance: Chance): Cut[] {
  const cuts: Cut[] = Array.from({ length: images }, (_, n) => ({
    behind: Math.floor(chance.next() * records.length),
    survival: SURVIVALS[n % SURVIVALS.length] as Survival,
  }));
  for (const at of always)
    cuts.push({ behind: records.findLastIndex(({ end }) => end <= at), survival: 'nothing' });
  return cuts.sort((a, b) => a.behind - b.behind);
}

function write(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode: 0o600 });
  }
}

/** The log's index is not recorded: it is rebuilt, whatever is in it. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('-shm'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}

/** Throws where the records do not give the files that were left: then somebody wrote in a way that the shim does not see. */
export function refuseHoles({ records, base }: Pick<Run, 'records' | 'base'>, left: Files): void {
  const disk = new Disk(base);
  for (const record of records) disk.follow(record);
  const told = disk.cut('all', new Chance(0));
  for (const path of new Set([...left.keys(), ...told.keys()])) {
    const [one, other] = [left.get(path), told.get(path)];
    if (!one || !other || !one.equals(other)) throw new Error(`the trace does not tell all of ${path}`);
  }
}
