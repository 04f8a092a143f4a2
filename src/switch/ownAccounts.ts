/**
 * Accounts that are managed here: a credit product whose route is `ledger` credits one in our own ledger, in the
 * sale's own commit. An account opens with its first credit; before that it has nothing. It is known in the ledger by
 * its keyed mark alone.
 *
 * Stops before the commit: nothing stands, a repeat is fresh. Stops after it: approved; a repeat gets the same answer,
 * a reversal takes the credit back, in its commit. What was spent meanwhile is taken back all the same: the terminal
 * has paid it out, so the account goes below zero and owes it.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { CreditProduct } from '../domain/product.js';
import type { Crediting, CreditResult, JournalEntry } from '../store/store.js';
import { askUntil, fill, mayAsk } from './asking.js';
import { chargesOf, ownAccount } from './charges.js';
import type { SwitchContext } from './context.js';
import { rewardOf } from './promotions.js';
import { outcomeOf, rememberingOf, storedApproval } from './records.js';
import { metOutcome } from './repeats.js';
import { underWay } from './supplied.js';

/** The route's word for our own ledger. */
const LEDGER = 'ledger';

export function isManagedHere({ route }: CreditProduct): boolean {
  return route[0] === LEDGER;
}

export async function creditOwn(
  context: SwitchContext,
  entry: JournalEntry,
  product: CreditProduct,
): Promise<Outcome | undefined> {
  const crediting = creditingOf(context, entry, product);
  const credit = (mayWait: boolean) => context.store.credit({ ...crediting, mayWait });
  const result = await credit(mayAsk(context));
  if (result.kind !== 'short') return creditedOutcome(context, entry, result);
  return underWay(context, entry, async () => {
    const filled = await fill(context, askUntil(context, entry, false), credit, result);
    return creditedOutcome(context, entry, filled);
  });
}

function creditedOutcome(
  context: SwitchContext,
  entry: JournalEntry,
  result: CreditResult,
): Promise<Outcome> | Outcome {
  return result.kind === 'credited'
    ? outcomeOf(context, result.id, entry, result.outcome, [])
    : metOutcome(context, result);
}

/** What the store is asked for, by itself or as an item of a batch. */
export function creditingOf(context: SwitchContext, entry: JournalEntry, product: CreditProduct): Crediting {
  const account = ownAccount(product.provider, entry.accountMark);
  return {
    entry,
    outcome: storedApproval(context.names.approvalCode(), context.receipts.idOf(product.code)),
    effects: chargesOf(context, entry.terminal, { ...entry, credited: account }) ?? NO_EFFECTS,
    reward: rewardOf(context, entry, product),
    account,
    remember: rememberingOf(context, entry),
  };
}

const NO_EFFECTS = { postings: [], usage: [] };

export async function inquireOwn(
  context: SwitchContext,
  account: string,
  { provider, currency }: CreditProduct,
): Promise<Outcome> {
  const name = ownAccount(provider, context.vault.markAccount(account));
  const held = (await context.store.balances(name)).find((one) => one.currency === currency);
  return { ...plainOutcome('approved'), balance: { amount: held?.balance ?? 0, currency } };
}
