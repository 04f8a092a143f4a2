/**
 * What has to have happened before a request may leave, when answers and not the clock set the pace. On its own
 * connection all that was answered before it in the capture (a lane sees to that). Of other connections:
 *
 *   the exchanges that it names, by STAN and terminal (its own: a repeat; a cited one: a reversal), or by RRN where that
 *   is what is cited: sent, and heard if they were answered before it;
 *   all that was answered longer than `skewMs` before it, so that connections do not run away from each other. Where
 *   the capture tells no times, all that was answered before it.
 *
 * Remembers requests that are not settled, by what names them.
 */
import type { Message } from '../../iso8583/index.js';
import { type CitationRule, citationRules } from './citations.js';
import type { Exchange } from './exchange.js';
import { Fifo } from './fifo.js';
import type { ReplayRules } from './rules.js';

const STAN = 11;
const RRN = 37;
const TERMINAL = 41;
const NOTHING = { stan: undefined, rrn: undefined, times: undefined };

interface Lane {
  proceed(): void;
}

export class CapturedOrder {
  readonly #citations: readonly CitationRule[];
  readonly #citesRrn: boolean;
  readonly #skewUs: number;
  readonly #named = new Map<string, Exchange>();
  /** With a captured answer, in the order of those; from the first that is not heard. */
  readonly #answered = new Fifo<Exchange>();
  /** Lanes that wait for that one, in the order of the capture. */
  readonly #waiting = new Set<Lane>();
  #waitedFor: Exchange | undefined;

  constructor(rules: ReplayRules, skewMs: number) {
    this.#citations = citationRules(rules.layouts, NOTHING);
    this.#citesRrn = rules.layouts.some(({ layout }) => layout === 'base24');
    this.#skewUs = skewMs * 1000;
  }

  /** A request was read. */
  read(exchange: Exchange, request: Message): void {
    const terminal = request.text(TERMINAL) ?? '';
    const stan = request.text(STAN) ?? '';
    const names = [`${terminal} ${stan}`];
    if (this.#citesRrn) names.push(`R${request.text(RRN) ?? ''}`);
    exchange.names = names;
    for (const name of names) this.#follow(exchange, name);
    for (const rule of this.#citations) {
      if (!request.has(rule.de)) continue;
      const named = rule.named(request.text(rule.de) ?? '', request);
      this.#follow(exchange, `${terminal} ${named}`);
      if (this.#citesRrn) this.#follow(exchange, `R${named}`);
    }
    for (const name of names) this.#named.set(name, exchange);
  }

  /** Its captured answer was read. */
  answered(exchange: Exchange): void {
    this.#answered.push(exchange);
  }

  settled(exchange: Exchange): void {
    for (const name of exchange.names) if (this.#named.get(name) === exchange) this.#named.delete(name);
  }

  /** Whether a request may leave; where not, its lane is told when it may be so. */
  allows(exchange: Exchange, lane: Lane): boolean {
    for (const { other, isAnswered } of exchange.follows) {
      if (isAnswered ? other.isHeard : other.live !== 'unsent') continue;
      other.followers ??= new Set();
      other.followers.add(lane);
      return false;
    }
    if (exchange.follows.length > 0) exchange.follows = [];
    const oldest = this.#oldest();
    if (!oldest || !this.#isFar(oldest, exchange)) return true;
    this.#waiting.add(lane);
    this.#waitedFor = oldest;
    return false;
  }

  /** Something was heard: those that waited for the oldest may go on. */
  advance(): void {
    if (this.#waiting.size === 0) return;
    if (this.#oldest() === this.#waitedFor) return;
    const lanes = [...this.#waiting];
    this.#waiting.clear();
    for (const lane of lanes) lane.proceed();
  }

  #follow(exchange: Exchange, name: string): void {
    const other = this.#named.get(name);
    if (!other || other.connection === exchange.connection || other === exchange) return;
    exchange.follows = [...exchange.follows, { other, isAnswered: other.captured === 'answered' }];
  }

  #oldest(): Exchange | undefined {
    while (this.#answered.peek()?.isHeard) this.#answered.shift();
    return this.#answered.peek();
  }

  /** Whether `oldest` was answered so long before. */
  #isFar(oldest: Exchange, { number, timeUs }: Exchange): boolean {
    if (oldest.answeredIn >= number) return false;
    return timeUs === 0 || timeUs - oldest.answeredAtUs >= this.#skewUs;
  }
}
