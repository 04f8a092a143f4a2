/**
 * A run of a scenario: customers come when the scenario has it, wait where every till is busy, and are served. It ends
 * when the last one was served; stopped, no one new is served, and who is being served is served to the end.
 * Maximums: QUEUE_MAX customers waiting; the scenario's own.
 */
import { Chance } from '../../base/chance.js';
import type { Clock } from '../../base/clock.js';
import { dateAt, timeAt } from '../../base/dates.js';
import type { Random } from '../../base/random.js';
import { loadFormat } from '../../iso8583/index.js';
import type { Framing } from '../../transport/index.js';
import type { FleetBooks } from '../books/fleetBooks.js';
import { LinkError } from '../terminal/exchange.js';
import { arrivalTimes } from './arrivals.js';
import { Line, sleep } from './line.js';
import { customerOf } from './orders.js';
import type { Scenario } from './schema.js';
import { type ServiceDeps, serve, think } from './service.js';
import { type ServiceResult, Tally } from './tally.js';
import { Till } from './till.js';

const QUEUE_MAX = 10_000;
const STAN_MAX = 999_999;
const TICK_MS = 1_000;
/** A run that is stopped is noticed so often. */
const NAP_MS = 200;

export interface FleetOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** At most so many customers. */
  readonly count?: number;
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  readonly format: string;
  /** Numbers of value cards, each used once. */
  readonly cards: readonly string[];
}

export interface FleetTick {
  /** Milliseconds since the start. */
  readonly elapsedMs: number;
  readonly tally: Tally;
  /** Tills that serve somebody, and customers that wait. */
  readonly busy: number;
  readonly waiting: number;
}

export interface FleetDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly utcOffsetMinutes: number;
  readonly books: FleetBooks;
  readonly onTick: (tick: FleetTick) => void;
  /** Ends the run early. */
  readonly isStopping: () => boolean;
}

export interface FleetResult {
  readonly scenario: string;
  readonly seed: number;
  readonly seconds: number;
  readonly customers: number;
  readonly services: Readonly<Record<string, ServiceResult>>;
  /** Answers other than approvals, by DE39. */
  readonly codes: Readonly<Record<string, number>>;
  readonly connections: { readonly made: number; readonly broken: number; readonly cut: number };
  readonly turnedAway: number;
  readonly queueLongest: number;
  readonly unreachable: number;
  readonly late: number;
  readonly strangers: number;
  readonly unreadable: number;
  readonly cardsLacking: number;
}

/** Throws LinkError where nobody listens at the start; errors of the books as they come. */
export async function runFleet(options: FleetOptions, deps: FleetDeps): Promise<FleetResult> {
  const { scenario, seed } = options;
  const tally = new Tally();
  const tills = tillsOf(options, deps, tally);
  await proveReachable(tills[0], options);
  const local = (): string => {
    const now = deps.clock.now();
    return dateAt(now, deps.utcOffsetMinutes) + timeAt(now, deps.utcOffsetMinutes);
  };
  const run = new Run(options, deps, tally, tills);
  try {
    await deps.books.begin(scenario.name, seed, local());
    await run.toTheEnd();
    await deps.books.end(local());
  } finally {
    for (const till of tills) till.line.close();
  }
  return run.result();
}

class Run {
  readonly #idle: Till[];
  readonly #queue: number[] = [];
  readonly #busy = new Set<Promise<void>>();
  readonly #service: ServiceDeps;
  readonly #startedAt = performance.now();
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly options: FleetOptions,
    private readonly deps: FleetDeps,
    private readonly tally: Tally,
    tills: readonly Till[],
  ) {
    this.#idle = [...tills].reverse();
    const cards = options.cards.values();
    this.#service = { scenario: options.scenario, tally, nextCard: () => cards.next().value };
  }

  async toTheEnd(): Promise<void> {
    const tick = setInterval(() => this.deps.onTick(this.#tick()), TICK_MS);
    try {
      await this.#arrivals();
      while (this.#busy.size > 0) {
        await Promise.race([...this.#busy]);
        if (this.#isOver()) this.#queue.length = 0;
      }
    } finally {
      clearInterval(tick);
    }
    this.deps.onTick(this.#tick());
    if (this.#failure) throw this.#failure.error;
  }

  result(): FleetResult {
    const { tally } = this;
    const { connects: made, broken, cuts: cut } = tally.line;
    return {
      scenario: this.options.scenario.name,
      seed: this.options.seed,
      seconds: Math.round(performance.now() - this.#startedAt) / 1_000,
      customers: tally.customers,
      services: tally.services(),
      codes: tally.codes(),
      connections: { made, broken, cut },
      turnedAway: tally.turnedAway,
      queueLongest: tally.queueLongest,
      unreachable: tally.unreachable,
      late: tally.late,
      strangers: tally.strangers,
      unreadable: tally.unreadable,
      cardsLacking: tally.cardsLacking,
    };
  }

  async #arrivals(): Promise<void> {
    const { scenario, seed, count = Number.POSITIVE_INFINITY } = this.options;
    for (const at of arrivalTimes(scenario, new Chance(seed))) {
      await this.#until(at);
      if (this.#isOver() || this.tally.customers >= count) return;
      this.#come(this.tally.customers);
      this.tally.customers += 1;
    }
  }

  async #until(at: number): Promise<void> {
    for (let left = at - this.#elapsed(); left > 0 && !this.#isOver(); left = at - this.#elapsed()) {
      await sleep(Math.min(left, NAP_MS));
    }
  }

  #come(number: number): void {
    const till = this.#idle.pop();
    if (till) this.#serveOn(till, number);
    else if (this.#queue.length >= QUEUE_MAX) this.tally.turnedAway += 1;
    else {
      this.#queue.push(number);
      this.tally.queueLongest = Math.max(this.tally.queueLongest, this.#queue.length);
    }
  }

  #serveOn(till: Till, number: number): void {
    const serving = this.#serve(till, number).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#busy.add(serving);
    void serving.then(() => {
      this.#busy.delete(serving);
      const next = this.#isOver() ? undefined : this.#queue.shift();
      if (next === undefined) this.#idle.push(till);
      else this.#serveOn(till, next);
    });
  }

  async #serve(till: Till, number: number): Promise<void> {
    const { scenario, seed } = this.options;
    const customer = customerOf(scenario, seed, number);
    await serve(till, customer, this.#service);
    if (!this.#isOver()) await think(customer, scenario);
  }

  #isOver(): boolean {
    return this.#failure !== undefined || this.deps.isStopping();
  }

  #elapsed(): number {
    return performance.now() - this.#startedAt;
  }

  #tick(): FleetTick {
    return {
      elapsedMs: this.#elapsed(),
      tally: this.tally,
      busy: this.#busy.size,
      waiting: this.#queue.length,
    };
  }
}

function tillsOf(options: FleetOptions, deps: FleetDeps, tally: Tally): readonly Till[] {
  const { scenario, host, port, framing } = options;
  const tillDeps = { ...deps, scenario, tally, codec: loadFormat(options.format) };
  const target = { host, port, framing, slowMs: scenario.slowMs };
  const stans = new Map<string, () => string>();
  return scenario.shops.flatMap(({ merchant, acquirer, terminals, tills }) =>
    Array.from({ length: tills }, (_, at) => {
      const terminal = terminals[at % terminals.length] ?? '';
      const stan = stans.get(terminal) ?? stanCounter(deps.random);
      stans.set(terminal, stan);
      const who = { terminal, merchant, acquirer, stan };
      return new Till(who, tillDeps, (onOther) => new Line(target, tally.line, onOther));
    }),
  );
}

/** From anywhere on, so that two runs in the same second hardly meet. */
function stanCounter(random: Random): () => string {
  let stan = random.int(STAN_MAX);
  return () => {
    stan = stan >= STAN_MAX ? 1 : stan + 1;
    return String(stan).padStart(6, '0');
  };
}

async function proveReachable(till: Till | undefined, { host, port, scenario }: FleetOptions): Promise<void> {
  const ms = Math.min(scenario.answerMs, 2_000);
  if (till && !(await till.line.up(ms))) throw new LinkError(`${host}:${port}: no connection in ${ms} ms`);
}
