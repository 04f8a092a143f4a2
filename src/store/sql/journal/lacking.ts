/**
 * What a transaction lacks that may wait for a network's hub: told in place of its refusal, with nothing recorded, so
 * that its key is fresh when it is tried again. A key that is known is told as ever.
 */
import type { Lack, Posting } from '../../store.js';
import type { Books } from '../books.js';
import { ENTRY_COLUMNS } from '../crossing/columns.js';
import type { Flat } from '../crossing/flat.js';
import { gainOf } from '../money/ledger.js';

/** PINs of one product. */
export interface Want {
  readonly product: string;
  readonly count: number;
}

const PRODUCT = ENTRY_COLUMNS.indexOf('product');
const QUANTITY = ENTRY_COLUMNS.indexOf('quantity');

export function wantOf(entry: Flat): Want {
  return { product: entry[PRODUCT] as string, count: entry[QUANTITY] as number };
}

/** Empty where everything is there. Changes nothing. */
export function lacksOf(
  books: Books,
  today: string,
  wants: readonly Want[],
  postings: readonly Posting[],
): readonly Lack[] {
  return [...stockLacks(books, today, wants), ...moneyLacks(books, postings)];
}

function stockLacks({ shelf }: Books, today: string, wants: readonly Want[]): Lack[] {
  const counts = new Map<string, number>();
  for (const { product, count } of wants) counts.set(product, (counts.get(product) ?? 0) + count);
  const lacks: Lack[] = [];
  for (const [product, wanted] of counts) {
    const count = shelf.missing(product, today, wanted);
    if (count > 0) lacks.push({ of: 'stock', product, count });
  }
  return lacks;
}

function moneyLacks({ money }: Books, postings: readonly Posting[]): Lack[] {
  const lacks = new Map<string, Lack>();
  for (const { account, currency, floor } of postings) {
    if (floor === null) continue;
    const gain = gainOf(postings, account, currency);
    const amount = floor - money.ledger.balanceOf(account, currency) - gain;
    if (gain < 0 && amount > 0)
      lacks.set(`${currency} ${account}`, { of: 'money', account, currency, amount });
  }
  return [...lacks.values()];
}
