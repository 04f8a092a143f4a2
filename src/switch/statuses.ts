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
 * opening that was handed over before it, and what has come but was not handed over yet, since it waits for the hub or
 * still reads what is known of its account, is looked for as well. A STAN without a day names what is of today, or not
 * half a day old: a terminal that begins anew each morning is not told of yesterday's.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { Identity, StatusInquiry } from '../domain/request.js';
import type { OriginalQuery, StoredTransaction } from '../store/store.js';
import { repeatedBatch } from './batches.js';
import type { SwitchContext } from './context.js';
import { queryOf } from './originals.js';
import { repeatedOutcome } from './records.js';
import { metOutcome } from './repeats.js';

/** What a STAN alone names from the day before was received no longer ago, milliseconds. */
const STAN_ALONE_MS = 43_200_000;
/** The message class of reversals. */
const REVERSALS = '4';

type Named = Pick<Identity, 'terminal' | 'stan' | 'rrn' | 'localDate'>;

/** `reading`: requests under way that may not have been handed over yet. `stranger`: why this terminal may ask for nothing more; then what stands is told, but no PIN. */
export async function tellStatus(
  context: SwitchContext,
  request: StatusInquiry,
  reading: Iterable<Identity>,
  stranger?: Reason,
): Promise<Outcome> {
  const query = queryOf(context, request);
  // Before the search: what ends while it is under way is found by the search itself.
  const isWaiting = isUnderWay(context, request, query, reading);
  const transaction = await context.store.original(query, request.of);
  if (!transaction || isOfAnotherDay(context, request, query, transaction))
    return plainOutcome(stranger ?? (isWaiting ? 'in-progress' : 'original-not-found'));
  const outcome = await toldOutcome(context, transaction);
  const isSellers = transaction.acquirer === request.identity.acquirer && stranger === undefined;
  return isSellers ? outcome : withoutPins(outcome);
}

async function toldOutcome(context: SwitchContext, transaction: StoredTransaction): Promise<Outcome> {
  if (transaction.service === 'reversal') return repeatedOutcome(context, transaction);
  if (transaction.service === 'batch') return repeatedBatch(context, transaction);
  return metOutcome(context, { kind: 'repeat', transaction });
}

/** Handed to the hub, or to a supplier, or about to be, in this process; in doubt whether it is the one, it is. */
function isUnderWay(
  { atSuppliers, calendar }: SwitchContext,
  { of }: StatusInquiry,
  query: OriginalQuery,
  reading: Iterable<Identity>,
): boolean {
  for (const one of reading) {
    const localDate = calendar.dayOf(one.localDate, one.localTime);
    if ((one.messageClass === REVERSALS) === (of === 'reversal') && mayBe(query, { ...one, localDate }))
      return true;
  }
  if (of === 'reversal') return false;
  for (const { entry } of atSuppliers.values()) if (mayBe(query, entry)) return true;
  return false;
}

function mayBe({ terminal, stan, dates, rrn }: OriginalQuery, entry: Named): boolean {
  if (entry.terminal !== terminal) return false;
  if (rrn !== '' && entry.rrn === rrn) return true;
  return stan !== '' && entry.stan === stan && dates.includes(entry.localDate);
}

/** Found by a STAN for which the inquiry names no day. */
function isOfAnotherDay(
  { clock }: SwitchContext,
  { identity, original }: StatusInquiry,
  { dates, rrn, approvalCode }: OriginalQuery,
  found: StoredTransaction,
): boolean {
  if (identity.localDate !== '' || original.localDate !== '' || original.transmittedAt !== '') return false;
  const isNamed =
    (rrn !== '' && found.rrn === rrn) ||
    (approvalCode !== '' && found.outcome?.approvalCode === approvalCode);
  return !isNamed && found.localDate !== dates[0] && found.receivedAt < clock.now() - STAN_ALONE_MS;
}

function withoutPins({ items, ...outcome }: Outcome): Outcome {
  const bare = { ...outcome, pins: [], receipt: [] };
  if (!items) return bare;
  return { ...bare, items: items.map(({ number, outcome: of }) => ({ number, outcome: withoutPins(of) })) };
}
