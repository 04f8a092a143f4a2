/**
 * Bench (b): durable PIN sales end to end over loopback, at 1, 16 and 128 connections with one message in flight
 * and 128 with eight, each beside a bare Node server that only cuts frames by their length and writes them back.
 * Switch, echo server and load are processes of their own; each pair runs within the same minute, in turn.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/base/root.js';

const MAIN = join(packageRoot(), 'dist/src/cli/main.js');
const ECHO = fileURLToPath(new URL('./echo-server.js', import.meta.url));
const SHAPES = [
  { connections: 1, inFlight: 1, pins: 60_000 },
  { connections: 16, inFlight: 1, pins: 250_000 },
  { connections: 128, inFlight: 1, pins: 700_000 },
  { connections: 128, inFlight: 8, pins: 900_000 },
] as const;

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

/** A switch with nothing but stock, on the disk that the project lies on. */
export async function startBenchSwitch(
  pins: number,
): Promise<Served & { port: number; pid: number; folder: string; stop(): Promise<void> }> {
  const parent = join(packageRoot(), 'data');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  const config = join(folder, 'switch.yaml');
  const link = { name: 'ascii', mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2' };
  writeFileSync(
    config,
    stringify({
      admin: { port: 0 },
      links: [
        {
          ...link,
          format: 'iso87-ascii',
          profile: 'default',
          acquirer: '000001',
          limits: { connectionsMax: 12_000, connectionsPerAddressMax: 12_000 },
        },
      ],
      products: [
        { kind: 'pin', code: 'TALK10', name: 'Talk 10', price: 1000, currency: '840', route: ['stock'] },
      ],
      merchants: [{ id: 'DEMOMERCHANT001', name: 'Demonstration shop' }],
      terminals: [{ id: 'DEMO0001', merchant: 'DEMOMERCHANT001' }],
    }),
  );
  if (pins > 0) {
    const batch = join(folder, 'batch.csv');
    writeFileSync(
      batch,
      `product,pin,serial,expiry\n${Array.from({ length: pins }, (_, at) => `TALK10,${10 ** 13 + at},S${at},2099-12-31`).join('\n')}\n`,
    );
    await runToEnd(['stock', 'intake', batch, '--data', folder, '--json']);
  }
  const served = await startServer(MAIN, ['serve', '--config', config, '--data', folder], /"msg":"ready"/);
  const line = served.output.split('\n').find((one) => one.includes('"msg":"ready"')) ?? '{}';
  const { ports } = JSON.parse(line) as { ports: { ascii: number } };
  return {
    ...served,
    port: ports.ascii,
    pid: served.child.pid ?? 0,
    folder,
    async stop() {
      await stopServer(served);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function benchSales(seconds = 5): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  process.stdout.write('durable sales over loopback      sales/s   p50 ms   p99 ms   echo/s   ratio\n');
  for (const { connections, inFlight, pins } of SHAPES) {
    const running = await startBenchSwitch(pins);
    const echo = await startServer(ECHO, ['0'], /ready \d+/);
    const echoPort = Number(/ready (\d+)/.exec(echo.output)?.[1]);
    await load(echoPort, connections, inFlight, 1, ['--echo']);
    await load(running.port, connections, inFlight, 1, []);
    const bare = await load(echoPort, connections, inFlight, seconds, ['--echo']);
    const sold = await load(running.port, connections, inFlight, seconds, []);
    await running.stop();
    await stopServer(echo);
    const shape = `${connections}x${inFlight}`;
    figures[`sales.${shape}.perSecond`] = sold.perSecond;
    figures[`sales.${shape}.p50Ms`] = sold.p50Ms;
    figures[`sales.${shape}.p99Ms`] = sold.p99Ms;
    figures[`sales.${shape}.declined`] = sold.declined;
    figures[`sales.${shape}.errors`] = sold.errors;
    figures[`echo.${shape}.perSecond`] = bare.perSecond;
    figures[`sales.${shape}.ofEcho`] = sold.perSecond / bare.perSecond;
    const cells = [
      sold.perSecond.toFixed(0),
      sold.p50Ms.toFixed(2),
      sold.p99Ms.toFixed(2),
      bare.perSecond.toFixed(0),
    ];
    const row = cells.map((cell) => cell.padStart(9)).join('');
    process.stdout.write(
      `${shape.padEnd(30)}${row}${(sold.perSecond / bare.perSecond).toFixed(2).padStart(8)}\n`,
    );
    if (sold.declined + sold.errors > 0) {
      process.stdout.write(
        `  declined ${sold.declined}, errors ${sold.errors}: the figure above does not count\n`,
      );
    }
  }
  return figures;
}
