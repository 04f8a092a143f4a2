/**
 * What a customer wants, as messages of the default profile: the order, its repeat, its reversal, and what the books
 * say of it. One customer's number and the run's seed settle all of it, whatever else goes on.
 */
import { Chance } from '../../base/chance.js';
import type { Asked } from '../books/fleetBooks.js';
import {
  type BatchItem,
  type Built,
  batch,
  type CardStep,
  card,
  catalogue,
  credit,
  ECHO,
  type Identity,
  inquiry,
  networkManagement,
  reversal,
  sale,
} from '../terminal/messages.js';
import { BAD, type Bad, MISHAPS, type Mishap, type Scenario, type Wish } from './schema.js';

export interface Customer {
  readonly wish: Wish;
  readonly bad: Bad | undefined;
  readonly mishap: Mishap | undefined;
  /** Asks again though it was answered; undoes what was approved; by an advice. */
  readonly repeats: boolean;
  readonly reverses: boolean;
  readonly advice: boolean;
  /** For all that is left to chance. */
  readonly chance: Chance;
}

/** What books keep of an order. */
type Goods = Pick<Asked, 'product' | 'quantity' | 'amount' | 'currency'>;

export interface Order {
  /** The journal's word. */
  readonly service: string;
  readonly goods: Goods;
  /** False where it changes nothing: then nobody asks again. */
  readonly lasting: boolean;
  build(identity: Identity, repeat: boolean): Built;
  /** How it is undone; undefined where it cannot be. */
  readonly undo: Undo | undefined;
}

export type Undo = (
  original: Identity,
  how: { readonly ownStan?: string; readonly advice: boolean; readonly repeat: boolean },
) => Built;

/** A product that no catalogue has. */
const NO_PRODUCT = 'NOSUCHPRODUCT';
const SPREAD = 0x9e3779b1;

export function customerOf(scenario: Scenario, seed: number, number: number): Customer {
  const chance = new Chance(seed ^ Math.imul(number + 1, SPREAD));
  const bad = drawn(BAD, scenario.bad, chance);
  const mishap = drawn(MISHAPS, scenario.line, chance);
  const wish = wishOf(scenario, chance);
  return {
    wish: bad === undefined ? wish : goodsWish(scenario, wish),
    bad,
    mishap: bad === undefined ? mishap : undefined,
    repeats: chance.next() < scenario.repeats,
    reverses: chance.next() < scenario.reversals,
    advice: chance.next() < scenario.advices,
    chance,
  };
}

/** At most one of them. */
function drawn<T extends string>(
  names: readonly T[],
  shares: Partial<Record<T, number>>,
  chance: Chance,
): T | undefined {
  let left = chance.next();
  for (const name of names) {
    left -= shares[name] ?? 0;
    if (left < 0) return name;
  }
  return undefined;
}

function wishOf({ mix }: Scenario, chance: Chance): Wish {
  let left = chance.next() * mix.reduce((sum, { share }) => sum + share, 0);
  for (const wish of mix) {
    left -= wish.share;
    if (left < 0) return wish;
  }
  return mix[mix.length - 1] as Wish;
}

/** What is wrong on purpose is wrong about a sale or a credit, where the mix has one. */
function goodsWish({ mix }: Scenario, otherwise: Wish): Wish {
  return mix.find(({ service }) => service === 'pin-sale' || service === 'account-credit') ?? otherwise;
}

/** `wish` of value cards is told step by step: cardOrder. */
export function orderOf(wish: Wish, { currency }: Scenario, chance: Chance): Order {
  switch (wish.service) {
    case 'pin-sale':
      return saleOrder(oneOf(wish.products, chance), wish.quantity, currency);
    case 'account-credit': {
      const { product } = wish;
      return creditOrder(numberOf(wish.accounts, chance), amountOf(wish.amounts, chance), currency, product);
    }
    case 'account-inquiry': {
      const account = numberOf(wish.accounts, chance);
      return plainOrder('account-inquiry', (identity) => inquiry(identity, { account }));
    }
    case 'batch':
      return batchOrder(itemsOf(wish, chance), currency);
    case 'catalogue-inquiry': {
      const { part, provider } = wish;
      const asked = { part, ...(provider === undefined ? {} : { provider }) };
      return plainOrder('catalogue-inquiry', (identity) => catalogue(identity, asked));
    }
    default:
      return plainOrder('echo', (identity) => networkManagement(identity, ECHO));
  }
}

/** Bad on purpose, in what it says. */
export function unknownProductOrder({ currency }: Scenario): Order {
  return saleOrder(NO_PRODUCT, 1, currency);
}

/** Another amount, so that the same key says something else. */
export function otherThan(order: Order): Order {
  return {
    ...order,
    build(identity, repeat) {
      const built = order.build(identity, repeat);
      const amount = String(Number(built.fields[4] ?? 0) + 777).padStart(12, '0');
      return { ...built, fields: { ...built.fields, 4: amount } };
    },
  };
}

const STEP_SERVICES = {
  preauthorise: 'card-preauthorisation',
  activate: 'card-activation',
  redeem: 'card-redemption',
} as const;

export function cardOrder(
  step: CardStep,
  number: string,
  account: string | undefined,
  currency: string,
): Order {
  const request = { step, card: number, currency, ...(account === undefined ? {} : { account }) };
  return {
    service: STEP_SERVICES[step],
    goods: { product: null, quantity: null, amount: null, currency: null },
    lasting: true,
    build: (identity, repeat) => card(identity, { ...request, repeat }),
    undo: undefined,
  };
}

function saleOrder(product: string, quantity: number, currency: string): Order {
  return {
    service: 'pin-sale',
    goods: { product, quantity, amount: null, currency },
    lasting: true,
    build: (identity, repeat) =>
      sale(identity, { product, currency, repeat, ...(quantity === 1 ? {} : { quantity }) }),
    undo: (original, how) => reversal(original, { currency, ...cited(original), ...how }),
  };
}

function creditOrder(account: string, amount: number, currency: string, product: string | undefined): Order {
  const named = product === undefined ? {} : { product };
  return {
    service: 'account-credit',
    goods: { product: product ?? null, quantity: null, amount, currency },
    lasting: true,
    build: (identity, repeat) => credit(identity, { account, amount, currency, repeat, ...named }),
    undo: (original, how) => reversal(original, { account, amount, currency, ...cited(original), ...how }),
  };
}

function batchOrder(items: readonly BatchItem[], currency: string): Order {
  return {
    service: 'batch',
    goods: { product: null, quantity: items.length, amount: null, currency },
    lasting: true,
    build: (identity, repeat) => batch(identity, { items, currency, repeat }),
    undo: (original, how) => reversal(original, { currency, ...cited(original), ...how }),
  };
}

function plainOrder(service: string, build: (identity: Identity) => Built): Order {
  const goods = { product: null, quantity: null, amount: null, currency: null };
  return { service, goods, lasting: false, build, undo: undefined };
}

function cited({ transmitted }: Identity): { readonly originalTransmitted: string } {
  return { originalTransmitted: transmitted };
}

function itemsOf(wish: Extract<Wish, { service: 'batch' }>, chance: Chance): readonly BatchItem[] {
  const [from, to] = wish.items;
  const count = from + chance.pick(Math.max(1, to - from + 1));
  return Array.from({ length: count }, (): BatchItem => {
    const { credits } = wish;
    if (!credits || chance.next() >= credits.share) return [['PR', oneOf(wish.products, chance)]];
    const account = numberOf(credits.accounts, chance);
    return [
      ['AC', account],
      ['AM', String(amountOf(credits.amounts, chance))],
    ];
  });
}

function oneOf(texts: readonly string[], chance: Chance): string {
  return texts[chance.pick(texts.length)] ?? '';
}

/** A number of one of the patterns. */
export function numberOf(patterns: readonly string[], chance: Chance): string {
  return oneOf(patterns, chance).replace(/#/g, () => String(chance.pick(10)));
}

interface Amounts {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function amountOf({ from, to, step }: Amounts, chance: Chance): number {
  return from + step * chance.pick(Math.floor((to - from) / step) + 1);
}
