/**
 * The soak: the demonstration's switch and suppliers as real processes, the street scenario for as long as it is told, and
 * every ten seconds what the switch holds: memory, file descriptors, the database's size on disk. At the end the fleet's
 * books are held against the journal, PINs are audited, and the first and the last quarter of the samples compared.
 *
 *   node dist/scripts/campaigns/soak.js [--minutes 60] [--rate 300] [--tills 600] [--seed 1]
 *
 * Exit code 1 where a book does not agree, the audit is not clean, or memory or descriptors were not level.
 */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Child, run, start } from '../../test/support/process.js';
import { isProgram } from './campaign.js';

export interface SoakOptions {
  readonly seconds: number;
  /** Customers a second where the scenario's shape is 1. */
  readonly rate: number;
  readonly tills: number;
  readonly seed: number;
  readonly sampleMs: number;
  readonly log: (line: string) => void;
}

interface Sample {
  readonly rssMiB: number;
  readonly descriptors: number;
  readonly logMiB: number;
  readonly databaseMiB: number;
}

export interface SoakReport {
  readonly customers: number;
  readonly services: Readonly<
    Record<string, { readonly p99Ms: number | null; readonly p999Ms: number | null }>
  >;
  readonly samples: number;
  /** Means of the second quarter of the samples, when all is warm, and of the last one. */
  readonly early: Sample;
  readonly late: Sample;
  readonly faults: readonly string[];
}

/** What memory may have grown by between the two, beyond what it was: one part in four, and 64 MiB. */
const GROWTH = 1.25;
const GROWTH_MIB = 64;
/** Descriptors beside one for each till: files, sockets of suppliers and of the page of figures. */
const DESCRIPTORS_BESIDE = 150;
const MIB = 1_048_576;
const PINS_A_CUSTOMER = 0.9;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), 'prepaid-switch-soak-'));
  const data = join(folder, 'data');
  const child = await start(['serve', '--demo', '--data', data], (output) => /"msg":"ready"/.test(output));
  try {
    await fill(folder, data, Math.ceil(options.seconds * options.rate * PINS_A_CUSTOMER));
    const samples: Sample[] = [];
    const timer = setInterval(() => {
      samples.push(sampleOf(child, data));
      options.log(JSON.stringify(samples.at(-1)));
    }, options.sampleMs);
    const { seconds, rate, tills, seed } = options;
    const flags = { seconds, rate, tills, seed, data };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const fleet = await run(['simulate', 'terminals', 'shop-street', ...args, '--json']);
    clearInterval(timer);
    const audit = await run(['stock', 'audit', '--data', data, '--json']);
    return reportOf(fleet, audit, samples, tills);
  } finally {
    await child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** More stock than the demonstration has, half of each product. */
async function fill(folder: string, data: string, pins: number): Promise<void> {
  const file = join(folder, 'batch.csv');
  writeFileSync(file, 'product,pin,serial,expiry\n');
  for (const [digit, product] of ['TALK10', 'TALK20'].entries())
    for (let from = 0; from < pins / 2; from += 10_000) {
      const rows = Array.from({ length: 10_000 }, (_, at) => String(from + at).padStart(9, '0'));
      appendFileSync(
        file,
        rows.map((n) => `${product},7${digit}${n},SOAK${digit}${n},2099-12-31\n`).join(''),
      );
    }
  const { code, stderr } = await run(['stock', 'intake', file, '--supplier', 'soak', '--data', data]);
  if (code !== 0) throw new Error(stderr);
}

function sampleOf({ process: { pid } }: Child, data: string): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const size = (name: string): number => statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0;
  return {
    rssMiB: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    logMiB: Math.round(size('switch.db-wal') / MIB),
    databaseMiB: Math.round(size('switch.db') / MIB),
  };
}

interface Fleet extends Pick<SoakReport, 'customers' | 'services'> {
  readonly check: { readonly violations: number; readonly first: readonly unknown[] };
}

function reportOf(
  fleet: { readonly code: number | null; readonly stdout: string; readonly stderr: string },
  audit: { readonly code: number | null; readonly stderr: string },
  samples: readonly Sample[],
  tills: number,
): SoakReport {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const early = meanOf(samples.slice(quarter, 2 * quarter));
  const late = meanOf(samples.slice(-quarter));
  const faults: string[] = [];
  if (fleet.code !== 0) faults.push(`the fleet's books: ${fleet.stderr.trim()}`);
  if (audit.code !== 0) faults.push(audit.stderr.trim());
  if (late.rssMiB > early.rssMiB * GROWTH + GROWTH_MIB)
    faults.push(`memory: ${early.rssMiB}, then ${late.rssMiB} MiB`);
  // A till keeps its connection: there are more of them until each has had a customer.
  if (late.descriptors > tills + DESCRIPTORS_BESIDE)
    faults.push(`${late.descriptors} descriptors, ${tills} tills`);
  const { customers, services } = JSON.parse(fleet.stdout.trim().split('\n').pop() ?? '{}') as Fleet;
  return { customers, services, samples: samples.length, early, late, faults };
}

function meanOf(samples: readonly Sample[]): Sample {
  const mean = (of: (sample: Sample) => number): number =>
    Math.round(samples.reduce((sum, sample) => sum + of(sample), 0) / Math.max(1, samples.length));
  return {
    rssMiB: mean(({ rssMiB }) => rssMiB),
    descriptors: mean(({ descriptors }) => descriptors),
    logMiB: mean(({ logMiB }) => logMiB),
    databaseMiB: mean(({ databaseMiB }) => databaseMiB),
  };
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      rate: { type: 'string', default: '300' },
      tills: { type: 'string', default: '600' },
      seed: { type: 'string', default: '1' },
    },
  });
  const report = await soak({
    seconds: Math.round(Number(values.minutes) * 60),
    rate: Number(values.rate),
    tills: Number(values.tills),
    seed: Number(values.seed),
    sampleMs: 10_000,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.exit(report.faults.length === 0 ? 0 : 1);
}
