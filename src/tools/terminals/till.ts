/**
 * One till: serves one customer after another over its own line. What was not answered it sends again, as terminals do,
 * and in the end reverses or leaves it, as the scenario has it; what happens stands in the books first.
 * Maximum remembered: RECENT_MAX messages, for answers that come late.
 */
import type { Clock } from '../../base/clock.js';
import { dateAt } from '../../base/dates.js';
import type { Random } from '../../base/random.js';
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';
import { type Asked, type FleetBooks, transactionId } from '../books/fleetBooks.js';
import { type Told, toldBy } from '../books/told.js';
import { type Built, type Identity, identityOf } from '../terminal/messages.js';
import type { Line } from './line.js';
import { sleep } from './line.js';
import type { Customer, Order } from './orders.js';
import type { Mishap, Scenario } from './schema.js';
import type { Tally } from './tally.js';

const RECENT_MAX = 64;
/** Tries of a reversal, at least. */
const REVERSAL_TRIES_MIN = 4;

export interface TillDeps {
  readonly scenario: Scenario;
  readonly codec: Codec;
  readonly books: FleetBooks;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly random: Random;
  readonly utcOffsetMinutes: number;
}

/** Who a till is; `stan` counts for all tills of a terminal. */
export interface TillIdentity {
  readonly terminal: string;
  readonly merchant: string;
  readonly acquirer: string;
  readonly stan: () => string;
}

/** An order under way. */
export interface Deal {
  readonly order: Order;
  readonly identity: Identity;
  readonly id: string;
  readonly asked: Asked;
  /** Its row in the tally. */
  readonly label: string;
}

/** One message as it leaves. */
export interface Outgoing {
  readonly id: string;
  readonly asked: Asked;
  readonly label: string;
  readonly mti: string;
  readonly body: Buffer;
  /** The body in its framing, or what leaves in its place. */
  readonly wire: Buffer;
  /** False where all of it cannot leave, or where it is no message at all. */
  readonly whole: boolean;
  readonly waitMs: number;
}

export class Till {
  readonly #who: TillIdentity;
  readonly #deps: TillDeps;
  readonly #line: Line;
  /** Ids of what was sent, by class and STAN of the message. */
  readonly #recent = new Map<string, string>();

  constructor(who: TillIdentity, deps: TillDeps, open: (onOther: (body: Buffer) => void) => Line) {
    this.#who = who;
    this.#deps = deps;
    this.#line = open((body) => this.#hearOther(body));
  }

  get line(): Line {
    return this.#line;
  }

  /** An order with a STAN and a time of its own. */
  begin(order: Order, label: string, changes: Partial<Pick<Asked, 'bad' | 'terminal'>> = {}): Deal {
    const { clock, random, utcOffsetMinutes } = this.#deps;
    const { merchant, acquirer } = this.#who;
    const terminal = changes.terminal ?? this.#who.terminal;
    const named = { terminal, merchant, acquirer, stan: this.#who.stan() };
    const identity = identityOf(named, clock, random, utcOffsetMinutes);
    const { mti } = order.build(identity, false);
    const asked: Asked = {
      ...this.#named(identity, mti),
      ...order.goods,
      service: order.service,
      undoes: null,
      bad: changes.bad ?? null,
    };
    return { order, identity, id: transactionId(asked), asked, label };
  }

  /** Sends an order until it is answered, or given up; undefined where it was not answered. */
  async settle(deal: Deal, customer: Customer, mishap: Mishap | undefined): Promise<Told | undefined> {
    const { unanswered } = this.#deps.scenario;
    const { order, label } = deal;
    let told = await this.#first(deal, mishap);
    if (told === 'unreachable') return undefined;
    for (let again = 0; order.lasting && again < unanswered.repeats && !isFinal(told); again += 1) {
      await sleep(customer.chance.between(...unanswered.waitMs));
      told = (await this.repeat(deal)) ?? told;
    }
    this.#deps.tally.ended(label, told);
    if (!isFinal(told) && order.undo && unanswered.atLast === 'reverse') await this.reverse(deal, customer);
    return told;
  }

  /** The same order again, marked as a repeat. */
  repeat({ id, asked, label, order, identity }: Deal): Promise<Told | undefined> {
    this.#deps.tally.row(label).repeated += 1;
    return this.#send(id, asked, label, order.build(identity, true));
  }

  /** Sends a reversal until it is answered, or given up. */
  async reverse(deal: Deal, { advice, chance }: Customer): Promise<void> {
    const { scenario, tally } = this.#deps;
    const { order, identity, id: undoes, asked: original } = deal;
    if (!order.undo) return;
    const ownStan = scenario.reversalStan === 'own' ? this.#who.stan() : undefined;
    const asked: Asked = {
      ...original,
      stan: ownStan ?? identity.stan,
      messageClass: '4',
      service: 'reversal',
      undoes,
      product: null,
      quantity: null,
    };
    const id = transactionId(asked);
    const tries = Math.max(REVERSAL_TRIES_MIN, scenario.unanswered.repeats + 1);
    for (let n = 0; n < tries; n += 1) {
      if (n > 0) {
        tally.row(deal.label).repeated += 1;
        await sleep(chance.between(...scenario.unanswered.waitMs));
      }
      const how = { advice, repeat: n > 0, ...(ownStan === undefined ? {} : { ownStan }) };
      const told = await this.#send(id, asked, deal.label, order.undo(identity, how));
      if (told?.verdict === 'approved' || told?.verdict === 'partial') tally.row(deal.label).reversed += 1;
      if (isFinal(told)) return;
    }
  }

  /** One message, as it is; undefined where no answer came, or no connection. */
  async outgoing(out: Outgoing, mishap: Mishap | undefined, loose = false): Promise<Told | undefined> {
    const { books, tally, scenario } = this.#deps;
    if (!(await this.#line.up(scenario.answerMs))) return undefined;
    await books.sent(out.id, out.mti, out.whole && mishap !== 'cut-within', out.asked);
    this.#remember(out);
    const sentAt = performance.now();
    const heard = await this.#line.ask(
      out.wire,
      (body) => this.#answers(body, out, loose),
      out.waitMs,
      mishap,
    );
    if (typeof heard === 'string') {
      await books.silent(out.id, heard);
      return undefined;
    }
    tally.row(out.label).latencies.add(performance.now() - sentAt);
    const told = toldBy(this.#deps.codec.parse(heard.body));
    await books.answered(out.id, told);
    return told;
  }

  /** The first message of an order. */
  async #first(deal: Deal, mishap: Mishap | undefined): Promise<Told | 'unreachable' | undefined> {
    const { tally, scenario } = this.#deps;
    const reached = await this.#line.up(scenario.answerMs);
    if (reached && mishap === 'cut-before') this.#line.cut();
    if (!reached || !(await this.#line.up(scenario.answerMs))) {
      tally.unreachable += 1;
      return 'unreachable';
    }
    tally.row(deal.label).sent += 1;
    const { id, asked, label, order, identity } = deal;
    return this.#send(id, asked, label, order.build(identity, false), mishap);
  }

  /** A deal's first message as it would leave. */
  rendered({ id, asked, label, order, identity }: Deal): Outgoing {
    return this.#outgoing(id, asked, label, order.build(identity, false));
  }

  #send(id: string, asked: Asked, label: string, built: Built, mishap?: Mishap): Promise<Told | undefined> {
    return this.outgoing(this.#outgoing(id, asked, label, built), mishap);
  }

  #outgoing(id: string, asked: Asked, label: string, { mti, fields }: Built): Outgoing {
    const body = this.#deps.codec.build(mti, fields);
    const wire = this.#line.framed(body);
    return { id, asked, label, mti, body, wire, whole: true, waitMs: this.#deps.scenario.answerMs };
  }

  #named(
    identity: Identity,
    mti: string,
  ): Pick<Asked, 'terminal' | 'date' | 'time' | 'stan' | 'rrn' | 'messageClass'> {
    const { clock, utcOffsetMinutes } = this.#deps;
    const { terminal, time, stan, rrn } = identity;
    const date = dateAt(clock.now(), utcOffsetMinutes);
    return { terminal, date, time, stan, rrn, messageClass: mti.charAt(1) };
  }

  #remember({ id, asked, mti }: Outgoing): void {
    const key = mti.charAt(1) + asked.stan;
    this.#recent.delete(key);
    this.#recent.set(key, id);
    const oldest = this.#recent.keys().next();
    if (this.#recent.size > RECENT_MAX && !oldest.done) this.#recent.delete(oldest.value);
  }

  /** Loosely: also an answer that names no STAN, as to what could not be read. */
  #answers(body: Buffer, { mti, asked }: Outgoing, loose: boolean): boolean {
    const message = this.#parsed(body);
    if (!message || !isAnswer(message) || message.mti.charAt(1) !== mti.charAt(1)) return false;
    const stan = message.text(11);
    return stan === asked.stan || (loose && stan === undefined);
  }

  /** What nobody waits for: a late answer, a request of the other side, something else. */
  #hearOther(body: Buffer): void {
    const { tally, books, codec } = this.#deps;
    const message = this.#parsed(body);
    if (!message) {
      tally.unreadable += 1;
      return;
    }
    if (!isAnswer(message)) {
      if (message.mti === '0800') this.#line.say(codec.respond(message, '0810', [7, 11, 70], { 39: '00' }));
      return;
    }
    const id = this.#recent.get(message.mti.charAt(1) + (message.text(11) ?? ''));
    if (id === undefined) {
      tally.strangers += 1;
      return;
    }
    tally.late += 1;
    // Books that cannot be written end the run at the next message that waits for them.
    books.answered(id, toldBy(message)).catch(() => {});
  }

  #parsed(body: Buffer): Message | undefined {
    try {
      return this.#deps.codec.parse(body);
    } catch (error) {
      if (error instanceof Iso8583Error) return undefined;
      throw error;
    }
  }
}

function isAnswer({ mti }: Message): boolean {
  return Number(mti.charAt(2)) % 2 === 1;
}

export function isFinal(told: Told | undefined): boolean {
  return told !== undefined && told.verdict !== 'transient';
}
