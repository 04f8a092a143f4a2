/**
 * What a purchase counts for: the store counts it in the purchase's own commit, decides there whether it is rewarded,
 * and gives both back with it (store/ledgerVerbs.ts). The account is known by its keyed mark alone.
 */
import type { CreditProduct } from '../domain/product.js';
import { rewardedCode } from '../domain/promotion.js';
import type { JournalEntry, Reward } from '../store/store.js';
import { ownAccount } from './charges.js';
import type { SwitchContext } from './context.js';

export function rewardOf(
  context: SwitchContext,
  entry: JournalEntry,
  product: CreditProduct,
): Reward | undefined {
  const promotion = context.catalogue.promotionOf(product.code);
  if (!promotion) return undefined;
  const { code, by, every, period, add } = promotion;
  const { accountMark, amount, currency } = entry;
  const account = ownAccount(product.provider, accountMark);
  const today = context.calendar.today();
  return {
    subject: `promotion:${code} ${product.provider} ${accountMark}`,
    window: period,
    period: { day: today, month: today.slice(0, 6), ever: 'ever' }[period],
    by,
    every,
    amount,
    postings: [
      { account, currency, amount: add, floor: null },
      { account: `promotion:${code}`, currency, amount: -add, floor: null },
    ],
    receiptId: context.receipts.idOf(rewardedCode(product.code)),
  };
}
