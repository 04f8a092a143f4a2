/**
 * What became of a transaction, or of a reversal, for the terminal that sent it: a repeat's answer without a repeat. It
 * only reads. Nothing is recorded, no supplier is asked, nothing moves, however often it comes and whatever it cites;
 * so where it can stop there is nothing to stand: a crash before or after it leaves what the original left.
 *
 * | the original                        | is told as                                                             |
 * |-------------------------------------|------------------------------------------------------------------------|
 * | answered, and it stands             | a repeat is: its outcome, its PINs too where the inquiry is the seller's |
 * | undone, or being undone             | `reversed`, without its PINs                                           |
 * | pending, or asked for in a network  | `in-progress`: whoever is at work ends it                              |
 * | not there                           | `original-not-found`: nothing of it had reached the journal, and no     |
 * |                                     | tombstone is left, so an original that comes later is a new sale        |
 *
 * "Not found" may be taken for "was not done", so it is said late: the search stands in the store's queue behind every
 * opening that was handed over before it, and what waits for the hub with nothing recorded yet is looked for as well.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { StatusInquiry } from '../domain/request.js';
import type { JournalEntry, OriginalQuery, StoredTransaction } from '../store/store.js';
import { repeatedBatch } from './batches.js';
import type { SwitchContext } from './context.js';
import { queryOf } from './originals.js';
import { repeatedOutcome } from './records.js';
import { metOutcome } from './repeats.js';

/** `stranger`: why this terminal may ask for nothing more; then what stands is told, but no PIN. */
export async function tellStatus(
  context: SwitchContext,
  request: StatusInquiry,
  stranger?: Reason,
): Promise<Outcome> {
  const query = queryOf(context, request);
  // Before the search: what ends while it is under way is found by the search itself.
  const isWaiting = request.of === 'transaction' && isUnderWay(context, query);
  const transaction = await context.store.original(query, request.of);
  if (!transaction) return plainOutcome(stranger ?? (isWaiting ? 'in-progress' : 'original-not-found'));
  const outcome = await toldOutcome(context, transaction);
  const isSellers = transaction.acquirer === request.identity.acquirer && stranger === undefined;
  return isSellers ? outcome : withoutPins(outcome);
}

async function toldOutcome(context: SwitchContext, transaction: StoredTransaction): Promise<Outcome> {
  if (transaction.service === 'reversal') return repeatedOutcome(context, transaction);
  if (transaction.service === 'batch') return repeatedBatch(context, transaction);
  return metOutcome(context, { kind: 'repeat', transaction });
}

/** Handed to the hub, or to a supplier, in this process; in doubt whether it is the one, it is. */
function isUnderWay({ atSuppliers }: SwitchContext, query: OriginalQuery): boolean {
  for (const { entry } of atSuppliers.values()) if (mayBe(query, entry)) return true;
  return false;
}

function mayBe({ terminal, stan, dates, rrn }: OriginalQuery, entry: JournalEntry): boolean {
  if (entry.terminal !== terminal) return false;
  if (rrn !== '' && entry.rrn === rrn) return true;
  return stan !== '' && entry.stan === stan && dates.includes(entry.localDate);
}

function withoutPins({ items, ...outcome }: Outcome): Outcome {
  const bare = { ...outcome, pins: [], receipt: [] };
  if (!items) return bare;
  return { ...bare, items: items.map(({ number, outcome: of }) => ({ number, outcome: withoutPins(of) })) };
}
