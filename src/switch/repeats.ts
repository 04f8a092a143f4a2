/** What every branch does alike: record a refusal, and answer a key that the journal had met before. */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { FinancialRequest } from '../domain/request.js';
import type {
  JournalEntry,
  Met,
  Refused,
  SaleResult,
  StoredOutcome,
  StoredTransaction,
} from '../store/store.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { endedElsewhere } from './elsewhere.js';
import { entryAsSent, outcomeOf, repeatedOutcome, storedRefusal } from './records.js';

/**
 * The same key and the same content: the stored answer. The same key and other content: an outcome of its own.
 * One that is pending has nobody of this process at work on it (supplied.ts attaches to those that have): another
 * process's is waited for, else it is in progress.
 */
export async function metOutcome(context: SwitchContext, met: Met | Refused): Promise<Outcome> {
  switch (met.kind) {
    case 'conflict':
      return plainOutcome('duplicate');
    case 'refused':
      return { ...plainOutcome(met.reason), transactionId: met.id };
    case 'tombstone':
      return { ...plainOutcome('reversed'), transactionId: met.id };
    case 'repeat':
      return met.transaction.originalId === 0
        ? repeatedOutcome(context, await endedElsewhere(context, met.transaction))
        : toldOutcome(context, met.transaction);
  }
}

/** It was told of a card's redemption before it (A9), which counts only while that one stands. */
async function toldOutcome(context: SwitchContext, transaction: StoredTransaction): Promise<Outcome> {
  const [original] = await context.store.find({ id: transaction.originalId, limit: 1 });
  if (original?.state === 'approved') return repeatedOutcome(context, transaction);
  return { ...plainOutcome('reversed'), transactionId: transaction.id };
}

/** What a sale from stock came to: `approval` with its PINs, or none left. */
export function stockOutcome(
  context: SwitchContext,
  entry: JournalEntry,
  approval: StoredOutcome,
  result: Extract<SaleResult, { kind: 'sold' | 'out-of-stock' }>,
): Promise<Outcome> | Outcome {
  return result.kind === 'sold'
    ? outcomeOf(context, result.id, entry, approval, result.pins)
    : outcomeOf(context, result.id, entry, storedRefusal('out-of-stock'), []);
}

/** A refusal that no supplier heard of, in the journal before it is told. A repeat of an answered request still gets its answer. */
export async function declineRecorded(
  context: SwitchContext,
  policy: LinkPolicy,
  request: FinancialRequest,
  reason: Reason,
): Promise<Outcome | undefined> {
  const entry = entryAsSent(context, policy, request);
  const result = await context.store.decline(entry, storedRefusal(reason));
  if (result.kind !== 'opened') return metOutcome(context, result);
  return { ...plainOutcome(reason), transactionId: result.id };
}
