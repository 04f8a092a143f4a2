/**
 * Bench of intake: a batch file of a million rows through the command line into a fresh database, then 200,000 rows
 * into the database of a switch that is selling, with the sales' latency before and beside it. Intake, switch and
 * load are processes of their own. Alone: `node dist/scripts/bench/intake.js --rows 1000000`.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load, runToEnd, startBenchSwitch } from './servers.js';

const BESIDE_ROWS = 200_000;
const SOLD_BEFORE = 300_000;
const CONNECTIONS = 16;
const LOAD_SECONDS = 5;

/** Codes ascend in steps of seven from `first`; their marks are as scattered as any. */
function writeBatch(file: string, rows: number, first: number): void {
  const descriptor = openSync(file, 'w');
  let text = 'product,pin,serial,expiry\n';
  for (let at = 0; at < rows; at++) {
    text += `TALK10,${first + at * 7},B${first + at},2099-12-31\n`;
    if (text.length > 1_000_000 || at === rows - 1) {
      writeSync(descriptor, text);
      text = '';
    }
  }
  closeSync(descriptor);
}

async function takeIn(file: string, folder: string): Promise<{ taken: number; seconds: number }> {
  const start = performance.now();
  const output = await runToEnd(['stock', 'intake', file, '--data', folder, '--json']);
  const { taken } = JSON.parse(output.trim().split('\n').pop() ?? '{}') as { taken: number };
  return { taken, seconds: (performance.now() - start) / 1000 };
}

async function alone(scratch: string, rows: number): Promise<Record<string, number>> {
  const file = join(scratch, 'alone.csv');
  writeBatch(file, rows, 10 ** 13);
  const { taken, seconds } = await takeIn(file, join(scratch, 'data'));
  process.stdout.write(
    `alone: ${taken} rows in ${seconds.toFixed(1)} s, ${(taken / seconds).toFixed(0)} a second\n`,
  );
  return { 'intake.rows': taken, 'intake.seconds': seconds, 'intake.perSecond': taken / seconds };
}

async function besideSales(scratch: string): Promise<Record<string, number>> {
  const file = join(scratch, 'beside.csv');
  writeBatch(file, BESIDE_ROWS, 5 * 10 ** 13);
  const running = await startBenchSwitch(SOLD_BEFORE);
  await load(running.port, CONNECTIONS, 1, 1, []);
  const before = await load(running.port, CONNECTIONS, 1, LOAD_SECONDS, []);
  const [intake, beside] = await Promise.all([
    takeIn(file, running.folder),
    load(running.port, CONNECTIONS, 1, LOAD_SECONDS, []),
  ]);
  await running.stop();
  for (const [name, { perSecond, p50Ms, p99Ms, declined, errors }] of Object.entries({ before, beside })) {
    process.stdout.write(
      `sales ${name.padEnd(6)}: ${perSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
        `declined ${declined}, errors ${errors}\n`,
    );
  }
  process.stdout.write(`intake beside sales: ${(intake.taken / intake.seconds).toFixed(0)} a second\n`);
  return {
    'intake.besideSales.perSecond': intake.taken / intake.seconds,
    'intake.besideSales.salesPerSecond': beside.perSecond,
    'intake.besideSales.salesP99Ms': beside.p99Ms,
    'intake.besideSales.errors': beside.errors + beside.declined,
  };
}

export async function benchIntake(rows = 1_000_000): Promise<Record<string, number>> {
  const scratch = mkdtempSync(join(tmpdir(), 'prepaid-switch-intake-'));
  try {
    return { ...(await alone(scratch, rows)), ...(await besideSales(scratch)) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const at = process.argv.indexOf('--rows');
  await benchIntake(at < 0 ? undefined : Number(process.argv[at + 1]));
}
