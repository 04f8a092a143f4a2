/**
 * Plays the requests of captured traffic to a switch and compares what it answers with what was answered then.
 *
 * The traffic is read a piece at a time: so many requests (REPLAY_LIMITS) are read ahead of the sending, and paced traffic
 * not before its time. As fast as answered, a request waits for the live answers of all that was answered before it on
 * its connection in the capture, and a connection that was opened after another had closed for that one's end; so the
 * order in which things happened is kept, whatever they take. At a pace, requests leave at their time.
 */
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import type { Codec } from '../../iso8583/index.js';
import type { TrafficEvent } from '../capture/events.js';
import { LinkError } from '../terminal/exchange.js';
import { CarriedValues } from './carried.js';
import type { Exchange } from './exchange.js';
import { Fifo } from './fifo.js';
import { ConnectGate } from './gate.js';
import { Judge } from './judge.js';
import type { Lane, LaneHost } from './lane.js';
import type { LiveTarget } from './liveConnection.js';
import { CapturedOrder } from './order.js';
import { Pairing } from './pairing.js';
import { Preparation } from './preparation.js';
import { Reading } from './reading.js';
import type { ReplayResult } from './result.js';
import type { ReplayRules } from './rules.js';
import { Tally } from './tally.js';

export const REPLAY_LIMITS = {
  /** Requests read ahead of the sending: for each connection, at least in all, at most in all. */
  unsentPerConnection: 4,
  unsentMin: 256,
  unsentMax: 65_536,
  unsentBytesMax: 67_108_864,
  /** Events of the capture taken in one turn. */
  eventsPerTurnMax: 2_048,
  readBufferBytes: 262_144,
  /** How long connections may be refused, milliseconds, before the replay stops. */
  refusedMs: 10_000,
} as const;

const SWEEP_MS = 50;

/** `skewMs`: how far connections may run apart, in captured time. */
export type Pace =
  | { readonly kind: 'as-answered'; readonly skewMs: number }
  | { readonly kind: 'paced'; readonly speed: number };

export interface ReplayOptions {
  /** For the summary. */
  readonly file: string;
  readonly target: LiveTarget;
  readonly host: string;
  readonly codec: Codec;
  readonly rules: ReplayRules;
  readonly pace: Pace;
  readonly timeoutMs: number;
  /** Requests with differences, or without an answer, that are listed. */
  readonly listedMax: number;
}

export interface ReplayDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes of the capture that were read so far. */
  readonly onProgress?: (offset: number) => void;
  /** Aborted, the replay ends with what it has. */
  readonly signal?: AbortSignal;
}

/** Resolves when all is answered or given up. Rejects with LinkError where no connection could be made at all. */
export function replay(
  events: Iterator<TrafficEvent>,
  options: ReplayOptions,
  deps: ReplayDeps,
): Promise<ReplayResult> {
  return new Replay(events, options, deps).run();
}

class Replay implements LaneHost {
  readonly codec: Codec;
  readonly pairing: Pairing;
  readonly target: LiveTarget;
  readonly tally: Tally;
  readonly speed: number;
  readonly #events: Iterator<TrafficEvent>;
  readonly #options: ReplayOptions;
  readonly #deps: ReplayDeps;
  readonly #carried: CarriedValues;
  readonly #gate = new ConnectGate();
  readonly #order: CapturedOrder;
  readonly #preparation: Preparation;
  readonly #reading: Reading;
  /** When lanes go on that wait for a time. */
  readonly #late = new Map<Lane, number>();
  /** In the order of their sending. */
  readonly #inFlight = new Fifo<Exchange>();
  #judge: Judge | undefined;
  #next: TrafficEvent | undefined;
  #isAllRead = false;
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #firstUs: number | undefined;
  #startedMs = 0;
  #lastHeardMs = 0;
  #hasConnected = false;
  #refusedSinceMs: number | undefined;
  #stopped: string | null = null;
  #resolve: (result: ReplayResult) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(events: Iterator<TrafficEvent>, options: ReplayOptions, deps: ReplayDeps) {
    this.#events = events;
    this.#options = options;
    this.#deps = deps;
    this.codec = options.codec;
    this.pairing = new Pairing(options.rules.pair);
    this.target = options.target;
    this.tally = new Tally(options.codec, options.listedMax);
    this.speed = options.pace.kind === 'paced' ? options.pace.speed : 1;
    this.#carried = new CarriedValues(options.rules.carried);
    this.#order = new CapturedOrder(options.rules, options.pace.kind === 'paced' ? 0 : options.pace.skewMs);
    this.#preparation = new Preparation(options.codec, options.rules, this.pairing, deps.clock, deps.random);
    this.#reading = new Reading({
      codec: this.codec,
      pairing: this.pairing,
      tally: this.tally,
      carried: this.#carried,
      order: this.#order,
      isTimed: (timeUs) => this.#isTimed(timeUs),
      host: this,
      settle: (exchange) => this.#settle(exchange),
    });
  }

  run(): Promise<ReplayResult> {
    this.#startedMs = performance.now();
    this.#lastHeardMs = this.#startedMs;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#deps.signal?.addEventListener('abort', () => this.#stop('interrupted'), { once: true });
      this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
      this.#schedule();
    });
  }

  prepare(exchange: Exchange): Buffer {
    return this.#preparation.of(exchange);
  }

  sent(exchange: Exchange): void {
    this.tally.frames += 1;
    this.#reading.sent(exchange);
    if (2 * this.#reading.unsent < this.#unsentMax) this.#schedule();
    if (exchange.key) {
      this.#inFlight.push(exchange);
      wake(exchange);
      return;
    }
    // Nothing can tell which answer is its.
    exchange.live = 'closed';
    exchange.captured = 'cut';
    this.#settle(exchange);
  }

  heard(exchange: Exchange, isView: boolean): void {
    if (exchange.live === 'answered') this.#lastHeardMs = performance.now();
    this.#carried.hear(exchange);
    const { liveAnswer } = exchange;
    if (exchange.captured !== 'open') this.#settle(exchange);
    else if (isView && liveAnswer) exchange.liveAnswer = this.codec.parse(Buffer.from(liveAnswer.frame));
    wake(exchange);
    this.#order.advance();
  }

  mayLeave(exchange: Exchange, lane: Lane): boolean {
    return this.#isTimed(exchange.timeUs) || this.#order.allows(exchange, lane);
  }

  /** The clock alone says when it leaves: at a pace, where the capture tells times. */
  #isTimed(timeUs: number): boolean {
    return this.#options.pace.kind === 'paced' && timeUs > 0;
  }

  mayConnect(lane: Lane): boolean {
    return this.#gate.enter(lane);
  }

  connected(): void {
    this.#hasConnected = true;
    this.#refusedSinceMs = undefined;
    this.#gate.leave();
  }

  failed(why: string): void {
    this.#gate.leave();
    const now = performance.now();
    this.#refusedSinceMs ??= now;
    if (!this.#hasConnected) this.#fail(new LinkError(`${this.#options.host}: ${why}`));
    else if (now - this.#refusedSinceMs > REPLAY_LIMITS.refusedMs)
      this.#stop(`${this.#options.host} took no connection any more: ${why}`);
  }

  later(lane: Lane, ms: number): void {
    this.#late.set(lane, performance.now() + ms);
  }

  noted(why: string): void {
    this.tally.note(why);
  }

  ended(lane: Lane): void {
    this.#reading.ended(lane);
    this.#late.delete(lane);
    this.#endWhereDone();
  }

  /** Reads on as far as there is room and time. */
  #read(): void {
    this.#isScheduled = false;
    if (this.#isOver || this.#isAllRead) return;
    try {
      this.#readOn();
    } catch (error) {
      // What is no capture is told by the first event.
      this.#fail(error as Error);
    }
  }

  #readOn(): void {
    for (let taken = 0; taken < REPLAY_LIMITS.eventsPerTurnMax; taken += 1) {
      const event = this.#next ?? this.#nextEvent();
      this.#next = event;
      if (!event || !this.#isTime(event)) break;
      this.#next = undefined;
      this.#deps.onProgress?.(event.offset);
      this.#reading.take(event);
      if (this.#isAhead) break;
      if (taken + 1 === REPLAY_LIMITS.eventsPerTurnMax) this.#schedule();
    }
    if (this.#isAllRead) this.#reading.closeAll();
    this.#reading.proceed();
    this.#endWhereDone();
  }

  get #isAhead(): boolean {
    const { unsent, unsentBytes } = this.#reading;
    return unsent >= this.#unsentMax || unsentBytes >= REPLAY_LIMITS.unsentBytesMax;
  }

  get #unsentMax(): number {
    const { unsentPerConnection, unsentMin, unsentMax } = REPLAY_LIMITS;
    return Math.min(unsentMax, Math.max(unsentMin, unsentPerConnection * this.#reading.lanes.size));
  }

  #nextEvent(): TrafficEvent | undefined {
    const { done, value } = this.#events.next();
    if (done) this.#isAllRead = true;
    return done ? undefined : value;
  }

  /** Paced traffic is not read before it is due; a timer reads on then. */
  #isTime(event: TrafficEvent): boolean {
    // What could not be read has no time of its own.
    if (this.#options.pace.kind === 'as-answered' || event.kind === 'fault') return true;
    this.#firstUs ??= event.timeUs;
    const dueMs = this.#startedMs + (event.timeUs - this.#firstUs) / 1000 / this.speed;
    const left = dueMs - performance.now();
    if (left <= 0) return true;
    this.#timer = setTimeout(() => this.#read(), Math.min(Math.ceil(left), 60_000));
    return false;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isOver || this.#isAllRead) return;
    this.#isScheduled = true;
    clearTimeout(this.#timer);
    setImmediate(() => this.#read());
  }

  #settle(exchange: Exchange): void {
    if (exchange.isSettled) return;
    exchange.isSettled = true;
    this.#judge ??= new Judge(this.codec, this.#options.rules, this.#preparation.renewer(exchange), (path) =>
      this.tally.declared(path),
    );
    const verdict = this.#judge.judge(exchange);
    this.tally.settled(exchange, verdict);
    this.#order.settled(exchange);
    const { closure } = exchange;
    if (verdict.kind === 'unanswered' && closure && !closure.isTold) {
      closure.isTold = true;
      this.tally.closed(closure.connection, exchange.number);
    }
  }

  #sweep(): void {
    const now = performance.now();
    const deadline = now - this.#options.timeoutMs;
    for (let oldest = this.#inFlight.peek(); oldest; oldest = this.#inFlight.peek()) {
      if (!oldest.isHeard && oldest.sentAtMs > deadline) break;
      this.#inFlight.shift();
      if (!oldest.isHeard) this.#reading.lanes.get(oldest.connection)?.giveUp(oldest);
    }
    for (const [lane, due] of this.#late) {
      if (due > now) continue;
      this.#late.delete(lane);
      lane.proceed();
    }
    this.#endWhereDone();
  }

  get #isOver(): boolean {
    return this.#sweeper === undefined;
  }

  #stop(why: string): void {
    if (this.#isOver) return;
    this.#stopped = why;
    this.#reading.abort();
    this.#end();
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#release();
    for (const lane of this.#reading.lanes.values()) lane.abort();
    this.#reject(error);
  }

  #endWhereDone(): void {
    if (this.#isAllRead && this.#reading.lanes.size === 0 && !this.#isOver) this.#end();
  }

  #end(): void {
    this.#release();
    const { file, host, pace } = this.#options;
    const seconds = (this.#lastHeardMs - this.#startedMs) / 1000;
    const { frames } = this.tally;
    this.tally.uncited = this.#preparation.uncited;
    this.#resolve(
      this.tally.result({
        file,
        to: host,
        pace: pace.kind === 'as-answered' ? 'as answered' : `speed ${pace.speed}`,
        seconds,
        perSecond: seconds > 0 ? Math.round(frames / seconds) : 0,
        stopped: this.#stopped,
      }),
    );
  }

  #release(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    clearTimeout(this.#timer);
    this.#events.return?.();
  }
}

/** Lanes that waited for an exchange may go on. */
function wake(exchange: Exchange): void {
  const { followers } = exchange;
  exchange.followers = undefined;
  for (const lane of followers ?? []) lane.proceed();
}
