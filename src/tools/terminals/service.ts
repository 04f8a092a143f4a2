/**
 * How a till serves a customer: what is wished for, what is bad on purpose, a value card's way. Cards' numbers stand
 * nowhere but in the messages.
 */
import type { CardStep } from '../terminal/messages.js';
import { sleep } from './line.js';
import {
  type Customer,
  cardOrder,
  numberOf,
  type Order,
  orderOf,
  otherThan,
  unknownProductOrder,
} from './orders.js';
import type { Bad, Scenario, Wish } from './schema.js';
import type { Tally } from './tally.js';
import { type Deal, isFinal, type Outgoing, type Till } from './till.js';

/** How long an answer to what cannot be read is waited for. */
const BAD_WAIT_MS = 1_000;
const NO_TERMINAL = 'NOSUCH99';
const GARBAGE_BYTES = 48;

export interface ServiceDeps {
  readonly scenario: Scenario;
  readonly tally: Tally;
  /** Numbers of value cards; undefined where there are no more. */
  readonly nextCard: () => string | undefined;
}

export async function serve(till: Till, customer: Customer, deps: ServiceDeps): Promise<void> {
  const { wish, bad } = customer;
  if (bad !== undefined) await serveBad(till, customer, bad, deps);
  else if (wish.service === 'cards') await serveCard(till, customer, wish, deps);
  else {
    const order = orderOf(wish, deps.scenario, customer.chance);
    await trade(till, till.begin(order, order.service), customer, deps);
  }
  if (deps.scenario.connection === 'dialled') till.line.close();
}

/** An order, and what its customer does once it was approved. True where it was, and stands. */
async function trade(
  till: Till,
  deal: Deal,
  customer: Customer,
  { scenario }: ServiceDeps,
): Promise<boolean> {
  const told = await till.settle(deal, customer, customer.mishap);
  const { order } = deal;
  if (!told || !isFinal(told) || told.verdict === 'declined') return false;
  if (customer.repeats && order.lasting) {
    await think(customer, scenario);
    await till.repeat(deal);
  }
  if (!customer.reverses || !order.undo) return true;
  await think(customer, scenario);
  await till.reverse(deal, customer);
  return false;
}

async function serveCard(
  till: Till,
  customer: Customer,
  wish: Extract<Wish, { service: 'cards' }>,
  deps: ServiceDeps,
): Promise<void> {
  const { scenario, tally, nextCard } = deps;
  const number = nextCard();
  if (number === undefined) {
    tally.cardsLacking += 1;
    return;
  }
  const isRedeemed = customer.chance.next() < wish.redeemed;
  const account = numberOf(wish.accounts, customer.chance);
  const steps: readonly CardStep[] = isRedeemed
    ? ['preauthorise', 'activate', 'redeem']
    : ['preauthorise', 'activate'];
  for (const step of steps) {
    const order = cardOrder(step, number, step === 'redeem' ? account : undefined, scenario.currency);
    if (!(await trade(till, till.begin(order, order.service), customer, deps))) return;
    await think(customer, scenario);
  }
}

async function serveBad(till: Till, customer: Customer, bad: Bad, deps: ServiceDeps): Promise<void> {
  const { scenario, tally } = deps;
  const label = `bad: ${bad}`;
  const order = orderOf(customer.wish, scenario, customer.chance);
  switch (bad) {
    case 'unknown-product':
      await till.settle(till.begin(unknownProductOrder(scenario), label, { bad }), customer, undefined);
      return;
    case 'unknown-terminal':
      await till.settle(till.begin(order, label, { bad, terminal: NO_TERMINAL }), customer, undefined);
      return;
    case 'conflict':
      return conflict(till, customer, order, label, deps);
    default: {
      const deal = till.begin(order, label, { bad });
      const out = till.rendered(deal);
      tally.row(label).sent += 1;
      const told = await till.outgoing(wrong(till, out, bad, customer), undefined, true);
      tally.ended(label, told);
      // Behind a length that does not hold, nothing can be understood any more.
      if (bad === 'wrong-length') till.line.cut();
    }
  }
}

/** The same key again, with other content: a sale that stands, and a second message that must not change it. */
async function conflict(
  till: Till,
  customer: Customer,
  order: Order,
  label: string,
  { tally }: ServiceDeps,
): Promise<void> {
  const deal = till.begin(order, order.service);
  const told = await till.settle(deal, customer, undefined);
  if (!isFinal(told) || !order.lasting) return;
  const other = { ...deal, label, order: otherThan(order), asked: { ...deal.asked, bad: 'conflict' } };
  tally.row(label).sent += 1;
  const out = till.rendered(other);
  tally.ended(label, await till.outgoing({ ...out, id: `${deal.id}#conflict` }, undefined));
}

function wrong(till: Till, out: Outgoing, bad: Bad, { chance }: Customer): Outgoing {
  const broken = { ...out, whole: false, waitMs: Math.min(out.waitMs, BAD_WAIT_MS) };
  const { body } = out;
  switch (bad) {
    case 'garbage': {
      // Never an MTI of ours, in whatever coding.
      const bytes = Buffer.from(Array.from({ length: GARBAGE_BYTES }, () => 0xe0 + chance.pick(16)));
      return { ...broken, wire: till.line.framed(bytes) };
    }
    case 'wrong-length':
      return { ...broken, wire: out.wire.subarray(0, out.wire.length - 1 - chance.pick(8)) };
    default: {
      const kept = body.length - 1 - chance.pick(Math.max(1, Math.floor(body.length / 3)));
      return { ...broken, wire: till.line.framed(body.subarray(0, kept)) };
    }
  }
}

export function think({ chance }: Customer, { thinkMs }: Scenario): Promise<void> {
  return sleep(chance.between(...thinkMs));
}
