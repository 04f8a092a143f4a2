/**
 * Plays the requests of captured traffic to a switch and compares what it answers with what was answered then.
 *
 * The traffic is read a piece at a time: up to `unsentMax` requests are read ahead of the sending, and paced traffic
 * not before its time. As fast as answered, a request waits for the live answers of all that was answered before it on
 * its connection in the capture, and a connection that was opened after another had closed for that one's end; so the
 * order in which things happened is kept, whatever they take. At a pace, requests leave at their time.
 */
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';
import type { TrafficConnection, TrafficEvent, TrafficFrame } from '../capture/events.js';
import { LinkError } from '../terminal/exchange.js';
import { CarriedValues } from './carried.js';
import { Exchange, type Replaced } from './exchange.js';
import { Fifo } from './fifo.js';
import { ConnectGate, Succession } from './gate.js';
import { Judge } from './judge.js';
import { Lane, type LaneHost } from './lane.js';
import type { LiveTarget } from './liveConnection.js';
import { withValue } from './overwrite.js';
import { isAnswer, pairKey } from './pairing.js';
import { Renewer, shiftFrom } from './renewer.js';
import type { ReplayResult } from './result.js';
import type { ReplayRules } from './rules.js';
import { Tally } from './tally.js';

export const REPLAY_LIMITS = {
  /** Requests read ahead of the sending. */
  unsentMax: 16_384,
  unsentBytesMax: 67_108_864,
  /** Captured frames within which a captured answer has to follow its request. */
  answerWithinFrames: 65_536,
  /** Events of the capture taken in one turn. */
  eventsPerTurnMax: 2_048,
  readBufferBytes: 262_144,
  /** How long connections may be refused, milliseconds, before the replay stops. */
  refusedMs: 10_000,
} as const;

const SWEEP_MS = 50;

export type Pace = { readonly kind: 'as-answered' } | { readonly kind: 'paced'; readonly speed: number };

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
  readonly pair: readonly string[];
  readonly target: LiveTarget;
  readonly tally: Tally;
  readonly speed: number;
  readonly #events: Iterator<TrafficEvent>;
  readonly #options: ReplayOptions;
  readonly #deps: ReplayDeps;
  readonly #carried: CarriedValues;
  readonly #gate = new ConnectGate();
  readonly #succession = new Succession();
  readonly #lanes = new Map<number, Lane>();
  /** By which a lane's end is told to those that wait for it. */
  readonly #overs = new Map<Lane, () => void>();
  /** Lanes of the file that something new was read for. */
  readonly #touched = new Set<Lane>();
  readonly #late = new Map<Lane, number>();
  /** In the order of their sending. */
  readonly #inFlight = new Fifo<Exchange>();
  /** In the order of the capture. */
  readonly #unread = new Fifo<Exchange>();
  #renewer: Renewer | undefined;
  #judge: Judge | undefined;
  #unsent = 0;
  #unsentBytes = 0;
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
    this.pair = options.rules.pair;
    this.target = options.target;
    this.tally = new Tally(options.codec, options.listedMax);
    this.speed = options.pace.kind === 'paced' ? options.pace.speed : 1;
    this.#carried = new CarriedValues(options.rules.carried);
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
    const { request, body } = exchange;
    if (!request) {
      exchange.key = exchange.capturedKey;
      return body;
    }
    const renewer = this.#renewerFrom(exchange);
    const message = this.#withReplacements(request, exchange);
    const out = Buffer.from(message.frame);
    renewer.renew(message, out, exchange.replaced);
    const { mac } = this.#options.rules;
    if (mac && (message.has(64) || message.has(128))) mac.sign(out);
    const sent = this.codec.parse(out);
    exchange.key = pairKey(sent, this.pair);
    exchange.sentStan = sent.text(11);
    return out;
  }

  sent(exchange: Exchange): void {
    this.tally.frames += 1;
    this.#unsent -= 1;
    this.#unsentBytes -= exchange.body.length;
    if (2 * this.#unsent < REPLAY_LIMITS.unsentMax) this.#schedule();
    if (exchange.key) {
      this.#inFlight.push(exchange);
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
    const { followers, liveAnswer } = exchange;
    if (exchange.captured !== 'open') this.#settle(exchange);
    else if (isView && liveAnswer) exchange.liveAnswer = this.codec.parse(Buffer.from(liveAnswer.frame));
    exchange.followers = undefined;
    for (const lane of followers ?? []) lane.proceed();
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
    this.#lanes.delete(lane.id);
    this.#overs.get(lane)?.();
    this.#overs.delete(lane);
    this.#late.delete(lane);
    this.#endWhereDone();
  }

  /** Reads on as far as there is room and time. */
  #read(): void {
    this.#isScheduled = false;
    if (this.#isOver || this.#isAllRead) return;
    for (let taken = 0; taken < REPLAY_LIMITS.eventsPerTurnMax; taken += 1) {
      const event = this.#next ?? this.#nextEvent();
      this.#next = event;
      if (!event || !this.#isTime(event)) break;
      this.#next = undefined;
      this.#take(event);
      if (this.#unsent >= REPLAY_LIMITS.unsentMax || this.#unsentBytes >= REPLAY_LIMITS.unsentBytesMax) break;
      if (taken + 1 === REPLAY_LIMITS.eventsPerTurnMax) this.#schedule();
    }
    if (this.#isAllRead) this.#closeAll();
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const lane of touched) lane.proceed();
    this.#endWhereDone();
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

  #take(event: TrafficEvent): void {
    this.#deps.onProgress?.(event.offset);
    const { tally } = this;
    switch (event.kind) {
      case 'open':
        this.#laneOf(event.connection);
        break;
      case 'frame':
        if (event.direction === 'to-server') this.#takeRequest(event);
        else this.#takeAnswer(event);
        break;
      case 'keep-alive':
        tally.passedOver.keepAlives += 1;
        break;
      case 'gap':
        tally.fault(`${event.bytes} bytes of connection ${event.connection.id} are missing`, event.offset, 0);
        if (event.direction === 'to-client') this.#laneOf(event.connection).hasGap = true;
        break;
      case 'fault':
        tally.fault(event.why, event.offset, event.skippedBytes);
        if (event.connection && event.direction === 'to-client') this.#laneOf(event.connection).hasGap = true;
        break;
      case 'close': {
        const lane = this.#lanes.get(event.connection.id);
        if (lane) this.#close(lane, event.how, event.timeUs);
        break;
      }
    }
  }

  #laneOf({ id }: TrafficConnection): Lane {
    const known = this.#lanes.get(id);
    if (known) return known;
    const lane = new Lane(id, this);
    const isPaced = this.#options.pace.kind === 'paced';
    const mayOpen = isPaced ? () => true : this.#succession.opening(lane);
    lane.push({ kind: 'open', mayOpen });
    this.#lanes.set(id, lane);
    this.#touched.add(lane);
    this.tally.connections += 1;
    return lane;
  }

  #takeRequest({ connection, number, timeUs, header, body }: TrafficFrame): void {
    const { message, isWhole } = this.#parsed(body);
    if (isWhole && message && isAnswer(message.mti)) {
      this.tally.passedOver.clientAnswers += 1;
      return;
    }
    const lane = this.#laneOf(connection);
    const key = message && pairKey(message, this.pair);
    const request = isWhole ? message : undefined;
    const exchange = new Exchange(number, connection.id, timeUs, header, body, request, key);
    if (request) exchange.cites = this.#carried.citedBy(request);
    if (key) lane.unread.add(key, exchange);
    this.#unread.push(exchange);
    this.#unsent += 1;
    this.#unsentBytes += body.length;
    lane.push(exchange);
    this.#touched.add(lane);
    this.#giveUpUnread(number - REPLAY_LIMITS.answerWithinFrames);
  }

  #takeAnswer({ connection, timeUs, body }: TrafficFrame): void {
    const { passedOver } = this.tally;
    const { message, isWhole } = this.#parsed(body);
    if (message && !isAnswer(message.mti)) {
      passedOver.serverRequests += 1;
      return;
    }
    const lane = this.#laneOf(connection);
    lane.hasAnswers = true;
    const exchange = message && lane.unread.take(pairKey(message, this.pair));
    if (!isWhole) passedOver.unreadableAnswers += 1;
    else if (!exchange) passedOver.strayAnswers += 1;
    if (!exchange) return;
    exchange.captured = 'answered';
    exchange.answeredAtUs = timeUs;
    if (isWhole && message) {
      exchange.capturedAnswer = message;
      this.#carried.tell(exchange, message);
    }
    if (exchange.isHeard) this.#settle(exchange);
    else if (this.#options.pace.kind === 'as-answered' || timeUs === 0) {
      lane.push(exchange);
      this.#touched.add(lane);
    }
  }

  /** As far as it can be read. */
  #parsed(body: Buffer): { readonly message: Message | undefined; readonly isWhole: boolean } {
    try {
      return { message: this.codec.parse(body), isWhole: true };
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      return { message: error.partial, isWhole: false };
    }
  }

  /** Requests whose answers should have been read before frame `before`. */
  #giveUpUnread(before: number): void {
    for (let oldest = this.#unread.peek(); oldest; oldest = this.#unread.peek()) {
      if (oldest.captured === 'open' && oldest.number >= before) return;
      this.#unread.shift();
      const lane = this.#lanes.get(oldest.connection);
      if (oldest.captured === 'open') this.#endUnread(lane, oldest, 'silent');
    }
  }

  #endUnread(lane: Lane | undefined, exchange: Exchange, how: 'silent' | 'cut'): void {
    if (exchange.capturedKey) lane?.unread.remove(exchange.capturedKey, exchange);
    exchange.captured = lane?.hasGap || !lane?.hasAnswers ? 'cut' : how;
    if (exchange.isHeard) this.#settle(exchange);
  }

  #close(lane: Lane, how: 'fin' | 'rst' | 'end', timeUs: number): void {
    for (const exchange of [...lane.unread.all()])
      this.#endUnread(lane, exchange, how === 'end' ? 'cut' : 'silent');
    this.#overs.set(lane, this.#succession.closing());
    lane.push({ kind: 'close', how, timeUs });
    this.#touched.add(lane);
  }

  /** The capture is over. */
  #closeAll(): void {
    for (const lane of this.#lanes.values()) if (!this.#overs.has(lane)) this.#close(lane, 'end', 0);
  }

  /** Made with the first request, whose time becomes now. */
  #renewerFrom({ request, timeUs }: Exchange): Renewer {
    if (!this.#renewer) {
      const { clock, random } = this.#deps;
      const { rules } = this.#options;
      this.#renewer = new Renewer(this.codec, rules, shiftFrom(request, timeUs, clock.now()), random);
    }
    return this.#renewer;
  }

  /** The request with what is set, and with what live answers told in place of what captured ones did. */
  #withReplacements(request: Message, exchange: Exchange): Message {
    const { settings } = this.#options.rules;
    if (settings.length === 0 && exchange.cites.length === 0) return request;
    const replaced: Replaced[] = [];
    let message = request;
    const replace = (path: string, after: string): void => {
      const before = message.text(path);
      if (before === undefined || before === after) return;
      const frame = withValue(this.codec, message, path, after);
      if (!frame) return;
      message = this.codec.parse(frame);
      replaced.push({ path, before, after });
    };
    for (const { path, told } of exchange.cites) {
      if (told.live === undefined) this.tally.uncited += 1;
      else replace(path, told.live);
    }
    for (const { path, text } of settings) replace(path, text);
    exchange.replaced = replaced;
    return message;
  }

  #settle(exchange: Exchange): void {
    if (exchange.isSettled) return;
    exchange.isSettled = true;
    this.#judge ??= new Judge(this.codec, this.#options.rules, this.#renewerFrom(exchange), (path) =>
      this.tally.declared(path),
    );
    const verdict = this.#judge.judge(exchange);
    this.tally.settled(exchange, verdict);
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
      if (!oldest.isHeard) this.#lanes.get(oldest.connection)?.giveUp(oldest);
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
    for (const lane of [...this.#lanes.values()]) {
      for (const exchange of [...lane.unread.all()]) this.#endUnread(lane, exchange, 'cut');
      lane.abort();
    }
    this.#end();
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#release();
    for (const lane of this.#lanes.values()) lane.abort();
    this.#reject(error);
  }

  #endWhereDone(): void {
    if (this.#isAllRead && this.#lanes.size === 0 && !this.#isOver) this.#end();
  }

  #end(): void {
    this.#release();
    const { file, host, pace } = this.#options;
    const seconds = (this.#lastHeardMs - this.#startedMs) / 1000;
    const { frames } = this.tally;
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
