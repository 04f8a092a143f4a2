/** What a card's redemption came to where no supplier had to be asked. */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { JournalEntry, RedeemResult } from '../store/store.js';
import type { SwitchContext } from './context.js';
import { outcomeOf, storedApproval } from './records.js';

export type Ended = Exclude<
  RedeemResult,
  { kind: 'opened' | 'repeat' | 'conflict' | 'tombstone' | 'refused' }
>;

export function redeemedOutcome(
  context: SwitchContext,
  entry: JournalEntry,
  result: Ended,
): Outcome | Promise<Outcome> {
  switch (result.kind) {
    case 'redeemed':
      return outcomeOf(context, result.id, entry, result.outcome, []);
    case 'redeemed-before':
      return outcomeOf(context, result.id, entry, result.transaction.outcome ?? storedApproval(''), []);
    case 'card-held':
      return plainOutcome('in-progress');
    case 'card-refused':
      return { ...plainOutcome(result.reason), transactionId: result.id };
  }
}

/** True where `met` is no answer to it. */
export function isEnded(result: Exclude<RedeemResult, { kind: 'opened' }>): result is Ended {
  return !['repeat', 'conflict', 'tombstone', 'refused'].includes(result.kind);
}
