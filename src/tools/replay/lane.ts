/**
 * One captured connection as it is played: what is to be done on it, in the order of the capture, and the live
 * connection that it is done on. A lane stops at the first thing that has to wait, and goes on when it is told to.
 * A connection that the other side ended is made again for the next request.
 */
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';
import { type Closure, Exchange } from './exchange.js';
import { Fifo } from './fifo.js';
import { LiveConnection, type LiveTarget } from './liveConnection.js';
import { isAnswer, type Pairing, Waiting } from './pairing.js';
import type { Tally } from './tally.js';

/** What the capture may have waited for, and a replay does not: an answer that never came, milliseconds at most. */
const SILENCE_MS_MAX = 1_000;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface Opening {
  readonly kind: 'open';
  /** Whether what has to have ended before has ended. */
  mayOpen(): boolean;
}

export interface Closing {
  readonly kind: 'close';
  readonly how: 'fin' | 'rst' | 'end';
  readonly timeUs: number;
}

/** An exchange stands for its request, and once that was sent for the wait for its live answer. */
type Step = Exchange | Opening | Closing;

/** What a lane needs of the replay that it is a part of. */
export interface LaneHost {
  readonly codec: Codec;
  readonly pairing: Pairing;
  readonly target: LiveTarget;
  readonly tally: Tally;
  /** Captured time over live time. */
  readonly speed: number;
  /** Whether nothing of other connections has to come first; else the lane is told when it may go on. */
  mayLeave(exchange: Exchange, lane: Lane): boolean;
  /** The request as it is to be sent; sets the exchange's key. */
  prepare(exchange: Exchange): Buffer;
  sent(exchange: Exchange): void;
  /** `isView`: the live answer lies in the read buffer. */
  heard(exchange: Exchange, isView: boolean): void;
  /** So many may connect at once; where false, the lane is told to go on later. */
  mayConnect(lane: Lane): boolean;
  connected(): void;
  /** Throws nothing: a replay that cannot go on stops by itself. */
  failed(why: string): void;
  /** Tells the lane to go on after a while. */
  later(lane: Lane, ms: number): void;
  noted(why: string): void;
  ended(lane: Lane): void;
}

export class Lane {
  /** Requests whose captured answers were not read yet. */
  readonly unread: Waiting<Exchange>;
  /** The capture lacks something of what the server said. */
  hasGap = false;
  /** The server said anything at all in the capture. */
  hasAnswers = false;
  readonly #host: LaneHost;
  readonly #steps = new Fifo<Step>();
  /** Requests whose live answers did not come yet. */
  readonly #unheard: Waiting<Exchange>;
  #connection: LiveConnection | undefined;
  #isConnecting = false;
  #retryMs = RETRY_FIRST_MS;
  /** The last one, unless the lane has connected again. */
  #closure: Closure | undefined;
  #isOver = false;

  constructor(
    readonly id: number,
    host: LaneHost,
  ) {
    this.#host = host;
    this.unread = new Waiting(host.pairing);
    this.#unheard = new Waiting(host.pairing);
  }

  push(step: Step): void {
    this.#steps.push(step);
  }

  proceed(): void {
    if (this.#isOver) return;
    for (let step = this.#steps.peek(); step !== undefined; step = this.#steps.peek()) {
      if (!this.#isDone(step)) break;
      this.#steps.shift();
    }
    this.#connection?.flush();
  }

  /** A request was given up. */
  giveUp(exchange: Exchange): void {
    if (exchange.key) this.#unheard.remove(exchange.key, exchange);
    exchange.live = 'timeout';
    this.#host.heard(exchange, false);
    this.proceed();
  }

  /** Ends at once; what was not heard is lost. */
  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection?.destroy();
    this.#lose(undefined);
  }

  #isDone(step: Step): boolean {
    if (step instanceof Exchange) return step.live === 'unsent' ? this.#send(step) : step.isHeard;
    if (step.kind === 'close') return this.#close(step);
    if (!step.mayOpen()) return false;
    this.#connect();
    return true;
  }

  #send(exchange: Exchange): boolean {
    for (const { told } of exchange.cites) {
      if (told.exchange && !told.exchange.isHeard) {
        told.exchange.followers ??= new Set();
        told.exchange.followers.add(this);
        return false;
      }
    }
    if (!this.#host.mayLeave(exchange, this)) return false;
    const connection = this.#connection;
    if (!connection?.isOpen) {
      this.#connect(exchange);
      return false;
    }
    if (connection.isFull) return false;
    const body = this.#host.prepare(exchange);
    exchange.live = 'sent';
    exchange.sentAtMs = performance.now();
    if (!connection.send(exchange.header, body)) {
      this.#host.noted(`frame ${exchange.number}: ${body.length} bytes are more than the framing can tell`);
      exchange.key = undefined;
    }
    if (exchange.key) this.#unheard.add(exchange.key, exchange);
    this.#host.sent(exchange);
    return true;
  }

  /** `next`: the request that needs the connection. */
  #connect(next?: Exchange): void {
    if (this.#isConnecting || this.#connection?.isOpen || this.#isOver) return;
    const { tally } = this.#host;
    if (this.#closure) {
      if (!this.#closure.isTold) tally.closed(this.id, next?.number ?? 0);
      this.#closure = undefined;
      tally.reconnects += 1;
    }
    this.#isConnecting = true;
    if (this.#host.mayConnect(this)) this.dial();
  }

  /** Called once the host lets this lane connect. */
  dial(): void {
    const { target, tally } = this.#host;
    if (this.#isOver) {
      this.#host.connected();
      return;
    }
    const connection = new LiveConnection(target, {
      connected: () => {
        this.#isConnecting = false;
        this.#retryMs = RETRY_FIRST_MS;
        this.#host.connected();
        this.proceed();
      },
      failed: (why) => this.#retry(why),
      frame: (body) => this.#hear(body),
      turn: () => this.proceed(),
      keepAlive: () => {
        tally.unasked.keepAlives += 1;
      },
      closed: (why) => this.#closed(why),
      drained: () => this.proceed(),
    });
    this.#connection = connection;
  }

  /** Reached while connecting is put off: dial again, unless the host has stopped. */
  #retry(why: string): void {
    this.#isConnecting = false;
    this.#host.failed(why);
    if (this.#isOver) return;
    this.#host.later(this, this.#retryMs);
    this.#retryMs = Math.min(RETRY_MAX_MS, 2 * this.#retryMs);
  }

  #hear(body: Buffer): void {
    const { codec, pairing, tally } = this.#host;
    let message: Message | undefined;
    let fault: string | undefined;
    try {
      message = codec.parse(body);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      message = error.partial;
      fault = error.message;
    }
    if (message && !isAnswer(message.mti)) {
      tally.unasked.requests += 1;
      return;
    }
    const exchange = message && this.#unheard.take(pairing.key(message));
    if (fault !== undefined) tally.unasked.unreadableAnswers += 1;
    else if (!exchange) tally.unasked.strayAnswers += 1;
    if (!exchange) return;
    exchange.live = 'answered';
    exchange.liveMs = performance.now() - exchange.sentAtMs;
    if (fault === undefined) exchange.liveAnswer = message;
    else exchange.liveFault = fault;
    this.#host.heard(exchange, true);
  }

  #closed(why: string | undefined): void {
    if (why !== undefined)
      this.#host.noted(`connection ${this.id}: what the other side sent cannot be cut: ${why}`);
    this.#closure = { connection: this.id, isTold: false };
    this.#lose(this.#closure);
    this.proceed();
  }

  #lose(closure: Closure | undefined): void {
    for (const exchange of [...this.#unheard.all()]) {
      if (exchange.key) this.#unheard.remove(exchange.key, exchange);
      exchange.live = 'closed';
      exchange.closure = closure;
      this.#host.heard(exchange, false);
    }
  }

  /** Whether the lane could be ended; else it is told to go on when that may be so. */
  #close({ how, timeUs }: Closing): boolean {
    if (this.#isConnecting) return false;
    const wait = this.#silenceLeft(timeUs);
    if (wait > 0) {
      // Where an answer is owed the lane goes on when it comes, or is given up.
      if (Number.isFinite(wait)) this.#host.later(this, wait);
      return false;
    }
    if (this.#connection?.isOpen) this.#connection.end(how === 'rst' ? 'rst' : 'fin');
    this.#isOver = true;
    this.#lose(undefined);
    this.#host.ended(this);
    return true;
  }

  /** Milliseconds that requests without a captured answer still have; infinite where one is unheard that had, or may have had, an answer. */
  #silenceLeft(closeUs: number): number {
    let left = 0;
    const now = performance.now();
    for (const { captured, timeUs, sentAtMs } of this.#unheard.all()) {
      if (captured === 'answered' || captured === 'cut') return Number.POSITIVE_INFINITY;
      const waited = closeUs > timeUs ? (closeUs - timeUs) / 1000 / this.#host.speed : SILENCE_MS_MAX;
      left = Math.max(left, sentAtMs + Math.min(SILENCE_MS_MAX, waited) - now);
    }
    return left;
  }
}
