/**
 * From captured events to what lanes have to do: a lane for each connection, on it each request, the wait for what was
 * answered before the next, and the end. Pairs captured answers with their requests, and gives up those that do not
 * come. What is not played is counted.
 */
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';
import type { TrafficConnection, TrafficEvent, TrafficFrame } from '../capture/events.js';
import type { CarriedValues } from './carried.js';
import { Exchange } from './exchange.js';
import { Fifo } from './fifo.js';
import { Succession } from './gate.js';
import { Lane, type LaneHost } from './lane.js';
import type { CapturedOrder } from './order.js';
import { isAnswer, type Pairing } from './pairing.js';
import type { Tally } from './tally.js';

/** Captured frames within which a captured answer has to follow its request. */
const ANSWER_WITHIN_FRAMES = 65_536;

export interface ReadingDeps {
  readonly codec: Codec;
  readonly pairing: Pairing;
  readonly tally: Tally;
  readonly carried: CarriedValues;
  readonly order: CapturedOrder;
  readonly host: LaneHost;
  /** Whether the clock alone says when what has this time leaves. */
  isTimed(timeUs: number): boolean;
  settle(exchange: Exchange): void;
}

export class Reading {
  readonly lanes = new Map<number, Lane>();
  /** Requests read and not sent. */
  unsent = 0;
  unsentBytes = 0;
  readonly #deps: ReadingDeps;
  readonly #succession = new Succession();
  /** By which a lane's end is told to those that wait for it. */
  readonly #overs = new Map<Lane, () => void>();
  /** Lanes that something new was read for. */
  readonly #touched = new Set<Lane>();
  /** In the order of the capture, from the first whose captured answer was not read. */
  readonly #unread = new Fifo<Exchange>();

  constructor(deps: ReadingDeps) {
    this.#deps = deps;
  }

  take(event: TrafficEvent): void {
    const { tally } = this.#deps;
    switch (event.kind) {
      case 'open':
        this.#laneOf(event.connection, event.timeUs);
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
        if (event.direction === 'to-client') this.#laneOf(event.connection, event.timeUs).hasGap = true;
        break;
      case 'fault':
        tally.fault(event.why, event.offset, event.skippedBytes);
        if (event.connection && event.direction === 'to-client')
          this.#laneOf(event.connection, event.timeUs).hasGap = true;
        break;
      case 'close': {
        const lane = this.lanes.get(event.connection.id);
        if (lane) this.#close(lane, event.how, event.timeUs);
        break;
      }
    }
  }

  #laneOf({ id }: TrafficConnection, timeUs: number): Lane {
    const known = this.lanes.get(id);
    if (known) return known;
    const { host, isTimed, tally } = this.#deps;
    const lane = new Lane(id, host);
    lane.push({ kind: 'open', mayOpen: isTimed(timeUs) ? () => true : this.#succession.opening(lane) });
    this.lanes.set(id, lane);
    this.#touched.add(lane);
    tally.connections += 1;
    return lane;
  }

  #takeRequest({ connection, number, timeUs, header, body }: TrafficFrame): void {
    const { pairing, tally, carried, order } = this.#deps;
    const { message, isWhole } = this.#parsed(body);
    if (isWhole && message && isAnswer(message.mti)) {
      tally.passedOver.clientAnswers += 1;
      return;
    }
    const lane = this.#laneOf(connection, timeUs);
    const key = message && pairing.key(message);
    const request = isWhole ? message : undefined;
    const exchange = new Exchange(number, connection.id, timeUs, header, body, request, key);
    if (request) {
      exchange.cites = carried.citedBy(request);
      if (!this.#deps.isTimed(timeUs)) order.read(exchange, request);
    }
    if (key) lane.unread.add(key, exchange);
    this.#unread.push(exchange);
    this.unsent += 1;
    this.unsentBytes += body.length;
    lane.push(exchange);
    this.#touched.add(lane);
    this.#giveUpUnread(number - ANSWER_WITHIN_FRAMES);
  }

  #takeAnswer({ connection, number, timeUs, body }: TrafficFrame): void {
    const { pairing, tally, carried, order } = this.#deps;
    const { passedOver } = tally;
    const { message, isWhole } = this.#parsed(body);
    if (message && !isAnswer(message.mti)) {
      passedOver.serverRequests += 1;
      return;
    }
    const lane = this.#laneOf(connection, timeUs);
    lane.hasAnswers = true;
    const exchange = message && lane.unread.take(pairing.key(message));
    if (!isWhole) passedOver.unreadableAnswers += 1;
    else if (!exchange) passedOver.strayAnswers += 1;
    if (!exchange) return;
    exchange.captured = 'answered';
    exchange.answeredAtUs = timeUs;
    exchange.answeredIn = number;
    if (isWhole && message) {
      exchange.capturedAnswer = message;
      carried.tell(exchange, message);
    }
    if (exchange.isHeard) {
      this.#deps.settle(exchange);
      return;
    }
    if (this.#deps.isTimed(timeUs)) return;
    order.answered(exchange);
    lane.push(exchange);
    this.#touched.add(lane);
  }

  /** As far as it can be read. */
  #parsed(body: Buffer): { readonly message: Message | undefined; readonly isWhole: boolean } {
    try {
      return { message: this.#deps.codec.parse(body), isWhole: true };
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
      const lane = this.lanes.get(oldest.connection);
      if (oldest.captured === 'open') this.#endUnread(lane, oldest, 'silent');
    }
  }

  #endUnread(lane: Lane | undefined, exchange: Exchange, how: 'silent' | 'cut'): void {
    if (exchange.capturedKey) lane?.unread.remove(exchange.capturedKey, exchange);
    exchange.captured = lane?.hasGap || !lane?.hasAnswers ? 'cut' : how;
    if (exchange.isHeard) this.#deps.settle(exchange);
  }

  #close(lane: Lane, how: 'fin' | 'rst' | 'end', timeUs: number): void {
    for (const exchange of [...lane.unread.all()])
      this.#endUnread(lane, exchange, how === 'end' ? 'cut' : 'silent');
    this.#overs.set(lane, this.#succession.closing());
    lane.push({ kind: 'close', how, timeUs });
    this.#touched.add(lane);
  }

  /** The capture is over. */
  closeAll(): void {
    for (const lane of this.lanes.values()) if (!this.#overs.has(lane)) this.#close(lane, 'end', 0);
  }

  /** Lets the lanes that something was read for go on. */
  proceed(): void {
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const lane of touched) lane.proceed();
  }

  sent({ body }: Exchange): void {
    this.unsent -= 1;
    this.unsentBytes -= body.length;
  }

  ended(lane: Lane): void {
    this.lanes.delete(lane.id);
    this.#overs.get(lane)?.();
    this.#overs.delete(lane);
  }

  /** The replay ends before the capture. */
  abort(): void {
    for (const lane of [...this.lanes.values()]) {
      for (const exchange of [...lane.unread.all()]) this.#endUnread(lane, exchange, 'cut');
      lane.abort();
    }
  }
}
