/**
 * Codec speed on one thread, messages a second, beside the npm package iso_8583 (see codec-tasks.ts for what is
 * measured). Each peer runs in a process of its own; figures are medians of warm rounds that alternate between the
 * two, so that a busy machine slows both. Run alone: node dist/scripts/bench/codec.js
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import type { Round } from './codec-peer.js';
import { checkSameBytes, type PeerName, TASKS, type Task } from './codec-tasks.js';

const ROUNDS = 51;
const ROUND_MS = 12;
/** Long enough for the engine to have compiled the task for good. */
const WARM_UP_MS = 250;

class Peer {
  readonly name: PeerName;
  private readonly process: ChildProcess;

  constructor(name: PeerName) {
    this.name = name;
    this.process = fork(new URL('./codec-peer.js', import.meta.url), [name], { execArgv: [] });
  }

  /** Calls a second over one round; throws when the process ends instead. */
  async rate(task: Task, ms: number): Promise<number> {
    const ended = new AbortController();
    const exit = once(this.process, 'exit', { signal: ended.signal }).then(() => {
      throw new Error(`the bench of ${this.name} ended before its figures`);
    });
    const answer = once(this.process, 'message', { signal: ended.signal });
    this.process.send({ task, ms } satisfies Round);
    try {
      const [rate] = (await Promise.race([answer, exit])) as [number];
      return rate;
    } finally {
      ended.abort();
      await Promise.allSettled([answer, exit]);
    }
  }

  stop(): void {
    this.process.kill();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

type Rates = Readonly<Record<string, number[]>>;

/** The rates by task and peer. Every round has all tasks in turn, so that a slow second falls on none alone. */
async function measure(peers: readonly Peer[]): Promise<Record<Task, Rates>> {
  const none = (): Rates => Object.fromEntries(peers.map((peer) => [peer.name, []]));
  const rates = { parse: none(), parseRead15: none(), build: none(), respond: none() };
  for (const task of TASKS) for (const peer of peers) await peer.rate(task, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const task of TASKS) {
      for (const peer of peers) rates[task][peer.name]?.push(await peer.rate(task, ROUND_MS));
    }
  }
  return rates;
}

type Keep = (task: Task, rates: Rates) => void;

/** Measures every task with these peers, who live as long as that takes. */
async function measureAll(names: readonly PeerName[], keep: Keep): Promise<void> {
  const peers = names.map((name) => new Peer(name));
  try {
    const rates = await measure(peers);
    for (const task of TASKS) keep(task, rates[task]);
  } finally {
    for (const peer of peers) peer.stop();
  }
}

/** Measures everything, prints a table, and gives the figures by name: messages a second, and ratios. */
export async function benchCodec(): Promise<Record<string, number>> {
  checkSameBytes();
  const figures: Record<string, number> = {};
  const rows: Record<string, Record<string, number>> = {};
  const keep = (task: Task, name: string, value: number): void => {
    figures[`codec.${task}.${name}`] = value;
    rows[task] = { ...rows[task], [name]: value };
  };
  const keepRates: Keep = (task, rates) => {
    for (const [name, values] of Object.entries(rates)) keep(task, name, Math.round(median(values)));
  };
  await measureAll(['ours', 'iso_8583'], (task, rates) => {
    keepRates(task, rates);
    const ratios = (rates.ours ?? []).map((value, round) => value / (rates.iso_8583?.[round] ?? 1));
    keep(task, 'ratio', Math.round(10 * median(ratios)) / 10);
  });
  await measureAll(['oursHexBitmap', 'oursBcd'], keepRates);
  console.log('Codec, messages a second, one thread (ours and iso_8583 on the same bytes)');
  console.table(rows);
  return figures;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await benchCodec();
}
