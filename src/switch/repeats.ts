/** What every branch does alike: record a plainOutcome, and answer a key that the journal had met before. */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { FinancialRequest } from '../domain/request.js';
import type { JournalEntry, Met } from '../store/store.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { entryAsSent, repeatedOutcome, storedRefusal } from './records.js';

/** The same key and the same content: the stored answer. The same key and other content: an outcome of its own. */
export async function metOutcome(
  context: SwitchContext,
  entry: JournalEntry,
  met: Met,
): Promise<Outcome | undefined> {
  switch (met.kind) {
    case 'conflict':
      return plainOutcome('duplicate');
    case 'tombstone':
      return { ...plainOutcome('reversed'), transactionId: met.id };
    case 'repeat': {
      const original = context.atSuppliers.get(entry.key);
      if (met.transaction.state === 'pending' && original) return original.answer;
      return repeatedOutcome(context, met.transaction);
    }
  }
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
  if (result.kind !== 'opened') return metOutcome(context, entry, result);
  return { ...plainOutcome(reason), transactionId: result.id };
}
