/**
 * A short name for a credited account, told with the credit, by which its shop may credit the account again without
 * entering it. It names the credit's transaction beside a keyed mark of transaction and shop, so nothing is kept for
 * it: it is worth nothing to another shop, nothing once its credit was undone, and nothing after
 * `accountReferenceDays`. 62 bits of mark: whoever guesses would need millions of years of declined requests.
 *
 *   mark, 12 characters 0-9 A-Z; then the transaction's number in base 36
 */
import { timingSafeEqual } from 'node:crypto';
import { UnknownKeyBatch } from '../stock/vault.js';
import type { JournalEntry, StoredOutcome, StoredTransaction } from '../store/store.js';
import type { SwitchContext } from './context.js';

const MARK_CHARACTERS = 12;
/** Longest that there is: a number below 2^53 has 11 characters. */
const REFERENCE = /^[0-9A-Z]{12}[1-9A-Z][0-9A-Z]{0,10}$/;
const DAY_MS = 86_400_000;

/** '' where the transaction credits no account. */
export function accountReference(
  context: SwitchContext,
  id: number,
  { account, terminal }: Pick<JournalEntry, 'account' | 'terminal'>,
  { reason }: Pick<StoredOutcome, 'reason'>,
): string {
  if (account === null || reason !== 'approved') return '';
  return markOf(context, id, context.catalogue.merchantOf(terminal)) + id.toString(36).toUpperCase();
}

/** The credit that a reference names; undefined where it names none to this terminal's shop, or no longer. */
export async function creditBehind(
  context: SwitchContext,
  reference: string,
  terminal: string,
): Promise<StoredTransaction | undefined> {
  if (!REFERENCE.test(reference)) return undefined;
  const id = Number.parseInt(reference.slice(MARK_CHARACTERS), 36);
  if (!Number.isSafeInteger(id)) return undefined;
  const expected = markOf(context, id, context.catalogue.merchantOf(terminal));
  const given = reference.slice(0, MARK_CHARACTERS);
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return undefined;
  const [credit] = await context.store.find({ id, limit: 1 });
  if (credit?.state !== 'approved' || credit.account === null) return undefined;
  const expiresAt = credit.closedAt + context.limits.accountReferenceDays * DAY_MS;
  return context.clock.now() < expiresAt ? credit : undefined;
}

export async function accountOf(
  { vault }: SwitchContext,
  { account }: Pick<JournalEntry, 'account'>,
): Promise<string> {
  if (account === null) return '';
  try {
    return vault.openAccount(account);
  } catch (error) {
    // Sealed by another process, under a key batch that this one has not met yet.
    if (!(error instanceof UnknownKeyBatch)) throw error;
    await vault.learnBatches();
    return vault.openAccount(account);
  }
}

function markOf({ vault }: SwitchContext, id: number, merchant: string): string {
  return vault.markReference(`${id}|${merchant}`);
}
