/**
 * A load run: many connections, each with a number of messages in flight, for a number of seconds; every message
 * unique. Made to cost little beside the switch on the same machine: nothing is parsed and next to nothing is
 * allocated for a message. Two runs at the same time need terminals of their own, or STANs may meet.
 * Maximums: 10,000 connections, 1,000 in flight each, 500,000 in all.
 */
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import { loadFormat } from '../../iso8583/index.js';
import { LinkError } from '../terminal/exchange.js';
import { credit, type Identity, sale } from '../terminal/messages.js';
import { AnswerReader } from './answers.js';
import { Books } from './books.js';
import { LoadConnection } from './connection.js';
import { FrameSource, LoadError, STAN_MAX } from './frames.js';
import { type LoadResult, LoadRun } from './run.js';

export const LOAD_LIMITS = { connections: 10_000, inFlight: 1_000, inAll: 500_000 } as const;

const READ_BUFFER_BYTES = 262_144;
const REFRESH_MS = 50;
const TICK_MS = 1_000;
/** Connections opened at the same time, so that the listener's backlog does not overflow. */
const OPENING_AT_ONCE = 64;
const DRAIN_POLL_MS = 5;

export interface LoadOptions extends Pick<Identity, 'terminal' | 'merchant' | 'acquirer'> {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
  readonly format: string;
  /** Hexadecimal; '' for none. */
  readonly tpdu: string;
  readonly product: string;
  readonly currency: string;
  /** Minor units. */
  readonly amount?: number;
  /** Credits of this account rather than sales. */
  readonly account?: string;
  /** The peer gives every message back as it is. */
  readonly echo: boolean;
  /** File that the books are appended to. */
  readonly books?: string;
  /** Seconds until a message counts as unanswered; also the longest wait at the end. */
  readonly timeout: number;
}

/** One second of a run. */
export interface Tick {
  readonly second: number;
  readonly answers: number;
  readonly run: LoadRun;
}

export interface LoadDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly utcOffsetMinutes: number;
  readonly onTick: (tick: Tick) => void;
}

/** Runs to the end. Throws LinkError where the first connections cannot be made. */
export async function load(options: LoadOptions, deps: LoadDeps): Promise<LoadResult> {
  if (options.connections * options.inFlight > LOAD_LIMITS.inAll) {
    throw new LoadError(`connections × in flight must be at most ${LOAD_LIMITS.inAll}`);
  }
  const tpdu = Buffer.from(options.tpdu, 'hex');
  const source = sourceOf(options, tpdu, deps);
  const codec = loadFormat(options.format);
  const books =
    options.books === undefined ? undefined : new Books(options.books, options.terminal, deps.clock);
  const echo = options.echo ? source.stanPlace : undefined;
  const first = 1 + deps.random.int(STAN_MAX);
  const target = {
    host: options.host,
    port: options.port,
    inFlight: options.inFlight,
    tpduBytes: tpdu.length,
    readBuffer: Buffer.alloc(READ_BUFFER_BYTES),
  };
  const run = new LoadRun(source, books, new AnswerReader(codec), echo, codec, first);
  const connections = Array.from(
    { length: options.connections },
    (_, id) => new LoadConnection(run, target, id),
  );
  try {
    await openAll(connections, `${options.host}:${options.port}`);
    await drive(run, connections, options, deps);
    return run.result();
  } finally {
    for (const connection of connections) connection.close();
    books?.close();
  }
}

function sourceOf(options: LoadOptions, tpdu: Buffer, deps: LoadDeps): FrameSource {
  const { terminal, merchant, acquirer, account, product, amount, currency } = options;
  const money = { currency, repeat: false, ...(amount === undefined ? {} : { amount }) };
  return new FrameSource(
    {
      codec: loadFormat(options.format),
      tpdu,
      who: { terminal, merchant, acquirer },
      build: (identity) =>
        account === undefined
          ? sale(identity, { ...money, product })
          : credit(identity, { ...money, product, account, amount: amount ?? 0 }),
      utcOffsetMinutes: deps.utcOffsetMinutes,
    },
    deps.clock,
  );
}

async function openAll(connections: readonly LoadConnection[], where: string): Promise<void> {
  try {
    for (let at = 0; at < connections.length; at += OPENING_AT_ONCE) {
      await Promise.all(connections.slice(at, at + OPENING_AT_ONCE).map((connection) => connection.open()));
    }
  } catch (error) {
    throw new LinkError(`${where}: ${(error as NodeJS.ErrnoException).code ?? 'no connection'}`);
  }
}

async function drive(
  run: LoadRun,
  connections: readonly LoadConnection[],
  options: LoadOptions,
  deps: LoadDeps,
): Promise<void> {
  const timeoutMs = options.timeout * 1000;
  const refresh = setInterval(() => run.source.refresh(), REFRESH_MS);
  let second = 0;
  let before = 0;
  const tick = setInterval(() => {
    run.expire(performance.now() - timeoutMs, (owner) => connections[owner]?.freed());
    second += 1;
    deps.onTick({ second, answers: run.latencies.total - before, run });
    before = run.latencies.total;
  }, TICK_MS);
  run.begin();
  for (const connection of connections) connection.start();
  await sleep(options.seconds * 1000);
  for (const connection of connections) connection.stop();
  clearInterval(refresh);
  clearInterval(tick);
  const until = performance.now() + timeoutMs;
  while (run.underWay > 0 && performance.now() < until) await sleep(DRAIN_POLL_MS);
  run.expire(Number.POSITIVE_INFINITY, () => {});
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
