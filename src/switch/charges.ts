/**
 * What a sale does to the ledger and to limits, for every branch that sells: the merchant pays the amount less its
 * commission, whoever performs is owed the amount, the commission is the house's cost; the three sum to zero. It is
 * applied in the commit that sells or opens, or refused there, and given back in the commit that undoes
 * (store/ledgerVerbs.ts), so that a crash leaves it with the sale or without both. Nothing where nothing applies:
 * a sale of a merchant without account and limits costs two look-ups in memory.
 */
import { commissionOn } from '../domain/commission.js';
import { balanceFloor, type Limits, type Merchant, type Terminal, WINDOWS } from '../domain/merchant.js';
import { type Effects, MERCHANT, PERFORMER, type Posting, type UsageLimit } from '../store/ledgerVerbs.js';
import type { SwitchContext } from './context.js';

/** What is sold to one customer at once, as a journal entry says it, or an item of a batch. */
export interface Sold {
  readonly product: string;
  readonly quantity: number;
  /** Minor units, of all of them. */
  readonly amount: number;
  readonly currency: string;
  /** The ledger account that gains the amount; undefined: whoever performs it is owed. */
  readonly credited?: string | undefined;
}

type Books = Pick<SwitchContext, 'catalogue' | 'calendar' | 'network'>;

/** Undefined where nothing applies. Together the items are one transaction, and count as one. */
export function chargesOf(
  context: Books,
  terminalId: string,
  ...items: readonly Sold[]
): Effects | undefined {
  const { catalogue } = context;
  const terminal = catalogue.terminal(terminalId);
  const merchant = terminal && catalogue.merchant(terminal.merchant);
  if (!merchant) return undefined;
  const isLimited = terminal.limits !== undefined || merchant.limits !== undefined;
  const moves = merchant.account !== undefined || items.some(({ credited }) => credited !== undefined);
  if (!isLimited && !moves) return undefined;
  return {
    postings: items.flatMap((item) => postingsOf(context, merchant, item)),
    usage: isLimited ? usageOf(context, terminal, merchant, items) : [],
  };
}

/** Where an account managed here is credited, a merchant that the catalogue gives no account owes all the same. */
function postingsOf({ catalogue, network }: Books, merchant: Merchant, item: Sold): readonly Posting[] {
  const { product, quantity, amount, currency, credited } = item;
  const { id, group, account } = merchant;
  if (!account && credited === undefined) return [];
  const rule = catalogue.commissions.find(id, group, product);
  const commission = rule ? commissionOn(rule, amount, quantity) : 0;
  const postings: Posting[] = [
    {
      account: `${MERCHANT}${id}`,
      currency,
      amount: commission - amount,
      // In a network it sells on what was leased to this switch, whatever its mode; the limit is the hub's.
      floor: account ? (network ? 0 : balanceFloor(account, currency)) : null,
    },
    { account: credited ?? PERFORMER, currency, amount, floor: null },
  ];
  if (commission > 0)
    postings.push({ account: `commission:${id}`, currency, amount: -commission, floor: null });
  return postings;
}

/** Whose ledger account that is; undefined where it is no merchant's. */
export function merchantOf(account: string): string | undefined {
  return account.startsWith(MERCHANT) ? account.slice(MERCHANT.length) : undefined;
}

/** An account managed here. A mark is as long as any other, so that no name begins with another one. */
export function ownAccount(provider: string, accountMark: string): string {
  return `account:${provider} ${accountMark}`;
}

/** Who sold cards' value is owed it, until it is redeemed. */
function cardAccount(product: string): string {
  return `card:${product}`;
}

/** At payment: the merchant pays for a card, and what it is worth is kept under its product's name. */
export function cardCharges(context: Books, terminalId: string, card: Sold): Effects | undefined {
  return chargesOf(context, terminalId, { ...card, credited: cardAccount(card.product) });
}

/** At redemption what was kept goes to whoever credits the account. `card` is its product. */
export function cardSpent(card: string, { amount, currency, credited }: Sold): Effects {
  const postings = [
    { account: cardAccount(card), currency, amount: -amount, floor: null },
    { account: credited ?? PERFORMER, currency, amount, floor: null },
  ];
  return { postings, usage: [] };
}

function usageOf(
  { calendar }: Books,
  terminal: Terminal,
  merchant: Merchant,
  items: readonly Sold[],
): readonly UsageLimit[] {
  const amounts = new Map<string, number>();
  for (const { currency, amount } of items) amounts.set(currency, (amounts.get(currency) ?? 0) + amount);
  const periods = { hour: calendar.hour(), day: calendar.today() };
  const usage: UsageLimit[] = [];
  const count = (subject: string, limits: Limits | undefined): void => {
    for (const window of WINDOWS) {
      const limit = limits?.[window];
      const period = periods[window];
      if (limit?.count !== undefined)
        usage.push({ subject, window, period, countMax: limit.count, amountMax: null, amount: 0 });
      if (limit?.amount === undefined) continue;
      for (const [currency, amount] of amounts) {
        const each = `${subject} ${currency}`;
        usage.push({ subject: each, window, period, countMax: null, amountMax: limit.amount, amount });
      }
    }
  };
  count(`terminal:${terminal.id}`, terminal.limits);
  count(`merchant:${merchant.id}`, merchant.limits);
  return usage;
}
