/**
 * Real processes for journeys: a switch with a data folder of its own, supplier simulators, and the command line.
 * Everything listens on loopback, on ports that the system chose.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/base/root.js';
import { keepSecret, refuseLeaks, refuseStored } from './canary.js';
import { commandLine } from './commandLine.js';

export const MAIN = join(packageRoot(), 'dist/src/cli/main.js');
const CRASHING = join(packageRoot(), 'dist/test/support/crashing-switch.js');
const START_MS = 30_000;

/**
 * Node as a child without the test runner's loaders, which it would put into the child's environment and which
 * cost each child a quarter of a second: env(1) takes them out again and becomes node, under the same pid.
 */
export function spawnNode(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; cwd?: string; uid?: number; gid?: number } = {},
): ChildProcessWithoutNullStreams {
  const { env, ...rest } = options;
  return spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], {
    ...rest,
    env: { ...process.env, ...env },
  });
}

/** The environment of a child that is no Node of ours, such as a shell that starts one. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line to its end. */
export function run(
  args: readonly string[],
  options: {
    input?: string;
    env?: Record<string, string>;
    cwd?: string;
    killWhen?: () => Promise<boolean>;
  } = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const { env, cwd } = options;
    const child = spawnNode([MAIN, ...args], { ...(env ? { env } : {}), ...(cwd ? { cwd } : {}) });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    if (options.killWhen) void options.killWhen().then(() => child.kill('SIGKILL'));
    // One that ends without reading what it is given is judged by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export interface Child {
  readonly process: ChildProcess;
  /** Everything it wrote, standard output and error. */
  output(): string;
  /** Resolves with the exit code, null where a signal ended it. */
  readonly exited: Promise<number | null>;
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a long-running command and waits until its output satisfies `ready`. */
export async function start(
  args: readonly string[],
  ready: (output: string) => boolean,
  env: Record<string, string> = {},
  program = MAIN,
): Promise<Child> {
  const child = spawnNode([program, ...args], { env });
  child.stdin.end();
  let output = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time: ${output}`)), START_MS);
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      if (ready(output)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready: ${output}`));
    });
  });
  return {
    process: child,
    output: () => output,
    exited,
    kill(signal = 'SIGKILL') {
      child.kill(signal);
      return exited;
    },
  };
}

export function scratch(t: { teardown(task: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'prepaid-switch-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A new data folder. With STORE=postgres its books are in a new database there, as its file store.url says. */
export async function installation(t: { teardown(task: () => unknown): void }): Promise<string> {
  const folder = scratch(t);
  if (process.env.STORE === 'postgres') {
    const { databaseFor } = await import('./postgres.js');
    writeFileSync(join(folder, 'store.url'), `${await databaseFor(t)}\n`, { mode: 0o600 });
  }
  return folder;
}

export interface SwitchOptions {
  /** PINs to take in before the start, by product. */
  readonly pins?: Readonly<Record<string, number>>;
  /** Last changes to the configuration, by member. */
  readonly config?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  readonly folder?: string;
  /** Where the process kills itself: see crashing-switch.ts. */
  readonly crashAt?: string;
}

export interface TestSwitch {
  readonly child: Child;
  readonly folder: string;
  /** Ports by link name, and `admin`. */
  readonly ports: Readonly<Record<string, number>>;
  /** The same data folder, a new process, no trap. */
  restart(): Promise<TestSwitch>;
  /** The command line on this switch's data folder, its JSON output parsed. */
  json(...args: string[]): Promise<Record<string, unknown>>;
}

/** The test's configuration: two PIN products in stock, merchant and terminal of the demonstration. */
export function baseConfig(): Record<string, unknown> {
  const pin = { kind: 'pin', provider: 'TALKCO', currency: '840', route: ['stock'] };
  return {
    admin: { host: '127.0.0.1', port: 0 },
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
        peer: 'host',
      },
    ],
    catalogue: {
      providers: [{ code: 'TALKCO', name: 'Talk Company' }],
      products: [
        { ...pin, code: 'TALK10', name: 'Talk 10', price: 1000, receipt: ['{product}', 'Serial {serial}'] },
        { ...pin, code: 'TALK20', name: 'Talk 20', price: 2000 },
      ],
      merchants: [{ id: 'DEMOMERCHANT001', name: 'Demonstration shop' }],
      terminals: [{ id: 'DEMO0001', merchant: 'DEMOMERCHANT001' }],
    },
  };
}

/** Members of the catalogue are changed one by one, all others whole. */
function changedConfig(change: Record<string, unknown> = {}): Record<string, unknown> {
  const base = baseConfig();
  const catalogue = { ...(base.catalogue as object), ...(change.catalogue as object | undefined) };
  return {
    ...base,
    ...change,
    catalogue: typeof change.catalogue === 'string' ? change.catalogue : catalogue,
  };
}

/** A batch file of `count` PINs with distinct codes. */
export function batchFile(folder: string, product: string, count: number, expiry = '2099-12-31'): string {
  return batchOf(folder, { [product]: count }, expiry);
}

function batchOf(folder: string, pins: Readonly<Record<string, number>>, expiry: string): string {
  const entries = Object.entries(pins);
  const file = join(folder, `batch-${entries.map((entry) => entry.join('-')).join('-')}-${expiry}.csv`);
  const salt = Math.floor(Math.random() * 1e9);
  const rows = entries.flatMap(([product, count], which) =>
    Array.from({ length: count }, (_, at) => {
      const pin = `${salt + which}${String(at).padStart(6, '0')}`;
      keepSecret(pin);
      return `${product},${pin},S${product}${at},${expiry}`;
    }),
  );
  writeFileSync(file, `product,pin,serial,expiry\n${rows.join('\n')}\n`);
  return file;
}

async function takeIn(folder: string, pins: Readonly<Record<string, number>>): Promise<void> {
  const batch = batchOf(folder, pins, '2099-12-31');
  const { code, stderr } = await commandLine(['stock', 'intake', batch, '--data', folder, '--json']);
  if (code !== 0) throw new Error(`intake failed: ${stderr}`);
}

export async function startSwitch(
  t: { teardown(task: () => unknown): void },
  options: SwitchOptions = {},
): Promise<TestSwitch> {
  const folder = options.folder ?? (await installation(t));
  const file = join(folder, 'switch.yaml');
  writeFileSync(file, stringify(changedConfig(options.config)));
  if (options.pins) await takeIn(folder, options.pins);
  const isReady = (output: string): boolean => /"msg":"ready"/.test(output);
  const child = options.crashAt
    ? await start([file, folder], isReady, { ...options.env, CRASH_AT: options.crashAt }, CRASHING)
    : await start(['serve', '--config', file, '--data', folder], isReady, options.env);
  t.teardown(async () => {
    await child.kill();
    try {
      refuseLeaks(child.output());
      refuseStored(folder);
    } catch (error) {
      // Thrown beside the teardown, which goes on: else what is still open would keep the test from ending.
      setImmediate(() => {
        throw error;
      });
    }
  });
  const line =
    child
      .output()
      .split('\n')
      .find((one) => one.includes('"msg":"ready"')) ?? '{}';
  const ports = (JSON.parse(line) as { ports: Record<string, number> }).ports;
  return {
    child,
    folder,
    ports,
    restart() {
      const { crashAt: _, pins: __, ...again } = options;
      return startSwitch(t, { ...again, folder });
    },
    async json(...args) {
      const result = await commandLine([...args, '--data', folder, '--json']);
      return JSON.parse(result.stdout.trim().split('\n').pop() ?? '{}') as Record<string, unknown>;
    },
  };
}
