/**
 * A real switch sells under load while a preloaded shim writes down what it does to its files; the terminals note, with
 * each answer, how far the trace had come by then.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Chance } from '../../../src/base/chance.js';
import { packageRoot } from '../../../src/base/root.js';
import { Client, saleOf } from '../../../test/support/client.js';
import { parseTlv } from '../../../test/support/iso.js';
import { baseConfig, MAIN, start, startSwitch } from '../../../test/support/process.js';

const SHIM = join(packageRoot(), 'scripts/campaigns/power/shim.c');
const NORMAL = join(packageRoot(), 'dist/scripts/campaigns/power/normal.js');
/** Long enough for the switch to checkpoint what its log holds. */
const QUIET_MS = 800;

export interface Told {
  /** Bytes of the trace that were there when the answer was. */
  readonly at: number;
  readonly stan: string;
  readonly terminal: string;
  readonly serial: string;
}

export interface Recorded {
  /** The files before the first write. */
  readonly base: string;
  readonly trace: string;
  readonly told: readonly Told[];
}

export interface RecordOptions {
  readonly folder: string;
  readonly sales: number;
  readonly terminals: number;
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly chance: Chance;
}

/** Whether the shim can be built here. */
export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

export async function recordRun({
  folder,
  sales,
  terminals,
  synchronous,
  chance,
}: RecordOptions): Promise<Recorded> {
  const library = join(folder, 'shim.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, SHIM, '-ldl', '-lpthread']);
  const data = join(folder, 'data');
  mkdirSync(data);
  const teardowns: (() => unknown)[] = [];
  const t = { teardown: (task: () => unknown) => void teardowns.push(task) };
  const first = await startSwitch(t, { folder: data, pins: { TALK10: sales + 100 } });
  await first.child.kill('SIGTERM');
  const base = join(folder, 'base');
  cpSync(data, base, { recursive: true });
  const trace = join(folder, 'trace');
  const file = join(data, 'switch.yaml');
  writeFileSync(file, stringify(baseConfig()));
  const child = await start(
    ['serve', '--config', file, '--data', data],
    (output) => /"msg":"ready"/.test(output),
    { LD_PRELOAD: library, POWER_TRACE: trace, POWER_PREFIX: join(data, 'switch.db') },
    synchronous === 'FULL' ? MAIN : NORMAL,
  );
  const ready =
    child
      .output()
      .split('\n')
      .find((line) => line.includes('"msg":"ready"')) ?? '{}';
  const port = (JSON.parse(ready) as { ports: { ascii: number } }).ports.ascii;
  const told: Told[] = [];
  let left = sales;
  const terminal = async (): Promise<void> => {
    const client = await Client.open(port);
    while (left > 0) {
      left -= 1;
      const request = saleOf('TALK10', 1_000);
      const answer = await client.ask('0200', request);
      const at = statSync(trace).size;
      const { SN: serial } = Object.fromEntries(parseTlv(answer?.fields[63] ?? ''));
      if (answer?.fields[39] !== '00' || serial === undefined)
        throw new Error(`not sold: ${answer?.fields[39]}`);
      told.push({ at, stan: request[11] ?? '', terminal: request[41] ?? '', serial });
      if (chance.next() < 0.01) await sleep(QUIET_MS);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: terminals }, terminal));
  await sleep(QUIET_MS);
  // As a power cut does; a clean end would only write more.
  await child.kill('SIGKILL');
  for (const task of teardowns) await task();
  return { base, trace, told };
}
