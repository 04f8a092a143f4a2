/**
 * Bench (b): durable PIN sales end to end over loopback, at 1, 16 and 128 connections with one message in flight
 * and 128 with eight, each beside a bare Node server that only cuts frames by their length and writes them back.
 * Echo and sales take turns, a few seconds each; figures are the medians of the rounds, the ratio is that of each
 * round's pair.
 */
import { fileURLToPath } from 'node:url';
import { type LoadFigures, load, startBenchSwitch, startServer, stopServer } from './servers.js';

const ECHO = fileURLToPath(new URL('./echo-server.js', import.meta.url));
const PINS = 1_000_000;
const ROUNDS = 3;
const SECONDS = 3;
const SHAPES = [
  { connections: 1, inFlight: 1 },
  { connections: 16, inFlight: 1 },
  { connections: 128, inFlight: 1 },
  { connections: 128, inFlight: 8 },
] as const;

interface Round {
  readonly sold: LoadFigures;
  readonly bare: LoadFigures;
}

export async function benchSales(): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  process.stdout.write(`taking in ${PINS} PINs ...\n`);
  const running = await startBenchSwitch(PINS);
  const echo = await startServer(ECHO, ['0'], /ready \d+/);
  const echoPort = Number(/ready (\d+)/.exec(echo.output)?.[1]);
  const titles = ['sales/s', 'p50 ms', 'p99 ms', 'echo/s', 'ratio']
    .map((title) => title.padStart(10))
    .join('');
  process.stdout.write(`${'connections x in flight'.padEnd(24)}${titles}\n`);
  for (const { connections, inFlight } of SHAPES) {
    const shape = `${connections}x${inFlight}`;
    const rounds: Round[] = [];
    await load(running.port, connections, inFlight, 1, []);
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await load(echoPort, connections, inFlight, SECONDS, ['--echo']);
      const sold = await load(running.port, connections, inFlight, SECONDS, []);
      rounds.push({ bare, sold });
    }
    Object.assign(figures, figuresOf(shape, rounds));
    print(shape, figures);
  }
  await running.stop();
  await stopServer(echo);
  return figures;
}

function figuresOf(shape: string, rounds: readonly Round[]): Record<string, number> {
  const of = (read: (round: Round) => number): number => median(rounds.map(read));
  const sum = (read: (round: Round) => number): number => rounds.reduce((all, round) => all + read(round), 0);
  return {
    [`sales.${shape}.perSecond`]: of(({ sold }) => sold.perSecond),
    [`sales.${shape}.p50Ms`]: of(({ sold }) => sold.p50Ms),
    [`sales.${shape}.p99Ms`]: of(({ sold }) => sold.p99Ms),
    [`sales.${shape}.declined`]: sum(({ sold }) => sold.declined),
    [`sales.${shape}.errors`]: sum(({ sold }) => sold.errors),
    [`echo.${shape}.perSecond`]: of(({ bare }) => bare.perSecond),
    [`sales.${shape}.ofEcho`]: of(({ bare, sold }) => sold.perSecond / bare.perSecond),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function print(shape: string, figures: Readonly<Record<string, number>>): void {
  const at = (name: string, digits: number): string => (figures[name] ?? 0).toFixed(digits).padStart(10);
  const sold = `${at(`sales.${shape}.perSecond`, 0)}${at(`sales.${shape}.p50Ms`, 2)}${at(`sales.${shape}.p99Ms`, 2)}`;
  process.stdout.write(
    `${shape.padEnd(24)}${sold}${at(`echo.${shape}.perSecond`, 0)}${at(`sales.${shape}.ofEcho`, 2)}\n`,
  );
  const lost = (figures[`sales.${shape}.declined`] ?? 0) + (figures[`sales.${shape}.errors`] ?? 0);
  if (lost > 0) process.stdout.write(`  ${lost} declined or failed: the line above does not count\n`);
}
