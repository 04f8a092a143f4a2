/**
 * A real switch sells under load while a preloaded shim writes down what it does to its files; the terminals note, with
 * each answer, how far the trace had come by then.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Chance } from '../../../src/base/chance.js';
import { packageRoot } from '../../../src/base/root.js';
import { Client, saleOf } from '../../../test/support/client.js';
import { commandLine } from '../../../test/support/commandLine.js';
import { parseTlv } from '../../../test/support/iso.js';
import { baseConfig, batchFile, type Child, MAIN, start } from '../../../test/support/process.js';
import { filesBelow } from './cuts.js';
import type { Files } from './disk.js';
import { recording } from './shim.js';

const NORMAL = join(packageRoot(), 'dist/scripts/campaigns/power/normal.js');
const CONFIG = 'switch.yaml';
/** Long enough for the switch to checkpoint what its log holds. */
const QUIET_MS = 800;
/** Between two later rounds of sales at most: checkpoints come between sales and amid them. */
const PAUSE_MAX_MS = 1_200;
/** Between two sales of a terminal at most. */
const THINK_MAX_MS = 30;

export interface Told {
  /** Bytes of the trace that were there when the answer was. */
  readonly at: number;
  readonly stan: string;
  readonly terminal: string;
  readonly serial: string;
}

export interface Recorded {
  /** The data folder's files before the first write, and those that the switch left. */
  readonly base: Files;
  readonly left: Files;
  readonly trace: string;
  readonly told: readonly Told[];
}

export interface RecordOptions {
  readonly folder: string;
  readonly sales: number;
  /** In which the sales are made, with pauses between them. */
  readonly rounds: number;
  readonly terminals: number;
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly chance: Chance;
}

export async function recordRun(options: RecordOptions): Promise<Recorded> {
  const { folder, sales, rounds, chance } = options;
  const data = join(folder, 'data');
  const trace = join(folder, 'trace');
  await stocked(data, sales + 100);
  const base = filesBelow(data);
  const child = await startRecorded(options, data, trace);
  const told: Told[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const count = Math.ceil((sales * round) / rounds) - told.length;
      await sell(portOf(child), { count, terminals: options.terminals, trace, told, chance });
      const isLong = round === 1 || round === rounds;
      await sleep(isLong ? QUIET_MS : chance.next() * PAUSE_MAX_MS);
    }
  } finally {
    // As a power cut does; a clean end would only write more.
    await child.kill('SIGKILL');
  }
  return { base, left: filesBelow(data), trace, told };
}

/** A data folder with PINs, nobody using it. */
async function stocked(data: string, pins: number): Promise<void> {
  mkdirSync(data);
  writeFileSync(join(data, CONFIG), stringify(baseConfig()));
  const { code, stderr } = await commandLine([
    ...['stock', 'intake', batchFile(dirname(data), 'TALK10', pins)],
    ...['--data', data],
  ]);
  if (code !== 0) throw new Error(`intake failed: ${stderr}`);
}

function startRecorded({ folder, synchronous }: RecordOptions, data: string, trace: string): Promise<Child> {
  return start(
    ['serve', '--config', join(data, CONFIG), '--data', data],
    (output) => /"msg":"ready"/.test(output),
    recording(folder, data, trace),
    synchronous === 'FULL' ? MAIN : NORMAL,
  );
}

function portOf(child: Child): number {
  const ready = child
    .output()
    .split('\n')
    .find((line) => line.includes('"msg":"ready"'));
  return (JSON.parse(ready ?? '{}') as { ports: { ascii: number } }).ports.ascii;
}

interface Round {
  readonly count: number;
  readonly terminals: number;
  readonly trace: string;
  readonly told: Told[];
  readonly chance: Chance;
}

async function sell(port: number, { count, terminals, trace, told, chance }: Round): Promise<void> {
  let left = count;
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
      await sleep(chance.next() * THINK_MAX_MS);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: terminals }, terminal));
}
