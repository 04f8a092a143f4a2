/** What the end-to-end benches run: switch, bare echo server and load, each a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/base/root.js';

const MAIN = join(packageRoot(), 'dist/src/cli/main.js');

const CONFIG = {
  admin: { port: 0 },
  links: [
    {
      name: 'ascii',
      mode: 'listen',
      host: '127.0.0.1',
      port: 0,
      framing: 'length2',
      format: 'iso87-ascii',
      profile: 'default',
      acquirer: '000001',
      limits: { connectionsMax: 12_000, connectionsPerAddressMax: 12_000 },
    },
  ],
  catalogue: {
    providers: [{ code: 'TALKCO', name: 'Talk Company' }],
    products: [
      {
        kind: 'pin',
        provider: 'TALKCO',
        code: 'TALK10',
        name: 'Talk 10',
        price: 1000,
        currency: '840',
        route: ['stock'],
      },
    ],
    merchants: [{ id: 'DEMOMERCHANT001', name: 'Demonstration shop' }],
    terminals: [{ id: 'DEMO0001', merchant: 'DEMOMERCHANT001' }],
  },
};

export interface LoadFigures {
  readonly sales: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly declined: number;
  readonly errors: number;
}

export interface Served {
  readonly child: ChildProcess;
  readonly output: string;
}

/** Starts a server process and waits for a line that matches. */
export function startServer(program: string, args: readonly string[], ready: RegExp): Promise<Served> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (ready.test(output)) resolve({ child, output });
    });
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
}

export function stopServer({ child }: Served): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

export function runToEnd(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${args[0]} ended with ${code}`)),
    );
  });
}

export async function load(
  port: number,
  connections: number,
  inFlight: number,
  seconds: number,
  more: readonly string[],
): Promise<LoadFigures> {
  const output = await runToEnd([
    'load',
    '--to',
    `127.0.0.1:${port}`,
    '--connections',
    String(connections),
    '--in-flight',
    String(inFlight),
    '--seconds',
    String(seconds),
    '--json',
    ...more,
  ]);
  return JSON.parse(output.trim().split('\n').pop() ?? '{}') as LoadFigures;
}

export interface ReplayFigures {
  readonly frames: number;
  readonly matched: number;
  readonly perSecond: number;
}

/** As fast as answered. */
export async function replay(port: number, file: string): Promise<ReplayFigures> {
  const to = `127.0.0.1:${port}`;
  const output = await runToEnd(['replay', file, '--to', to, '--as-answered', '--json']);
  return JSON.parse(output.trim().split('\n').pop() ?? '{}') as ReplayFigures;
}

export interface BenchSwitch extends Served {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** `keep` leaves the data folder for another start. */
  stop(keep?: 'keep'): Promise<void>;
}

/** A switch with nothing but stock, on the disk that the project lies on. */
export async function startBenchSwitch(pins: number, isRecorded = false): Promise<BenchSwitch> {
  const folder = await benchFolder(pins);
  return startBenchSwitchOn(folder, isRecorded ? ['--record', join(folder, 'recordings')] : []);
}

/** A data folder with nothing but stock; on PostgreSQL where a URL says so. */
export async function benchFolder(pins: number, url?: string): Promise<string> {
  const parent = join(packageRoot(), 'data');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  writeFileSync(configOf(folder), stringify(CONFIG));
  if (url !== undefined) writeFileSync(join(folder, 'store.url'), url);
  if (pins > 0) {
    const batch = join(folder, 'batch.csv');
    writeFileSync(
      batch,
      `product,pin,serial,expiry\n${Array.from({ length: pins }, (_, at) => `TALK10,${10 ** 13 + at},S${at},2099-12-31`).join('\n')}\n`,
    );
    await runToEnd(['stock', 'intake', batch, '--data', folder, '--json']);
  }
  return folder;
}

function configOf(folder: string): string {
  return join(folder, 'switch.yaml');
}

/** On the folder of a switch that was stopped and kept. */
export async function startBenchSwitchOn(folder: string, more: readonly string[] = []): Promise<BenchSwitch> {
  const args = ['serve', '--config', configOf(folder), '--data', folder, ...more];
  const served = await startServer(MAIN, args, /"msg":"ready"/);
  const line = served.output.split('\n').find((one) => one.includes('"msg":"ready"')) ?? '{}';
  const { ports } = JSON.parse(line) as { ports: { ascii: number } };
  return {
    ...served,
    port: ports.ascii,
    pid: served.child.pid ?? 0,
    folder,
    async stop(keep) {
      await stopServer(served);
      if (keep !== 'keep') rmSync(folder, { recursive: true, force: true });
    },
  };
}
