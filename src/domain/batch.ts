/**
 * What a batch comes to, which follows from its items alone. A batch gives nothing itself: its state says whether an
 * item is still at work, whether one gave something that stands, or whether all that was given was taken back.
 */
import type { Reason } from './reason.js';
import type { TransactionState } from './transaction.js';

/** Items of one batch at most: so many results always fit into the answer (conduit/answerItems.ts). */
export const BATCH_ITEMS_MAX = 20;

/** One whose suppliers still undo something is `reversed`: their forwardings stand beside the items. */
export function batchState(items: readonly TransactionState[]): Exclude<TransactionState, 'reversing'> {
  if (items.includes('pending')) return 'pending';
  if (items.includes('approved')) return 'approved';
  return items.every((state) => state === 'declined') ? 'declined' : 'reversed';
}

/** All approved, some, or none: then reversed where one was, else as the first one ended. */
export function batchReason(items: readonly Reason[]): Reason {
  if (items.every((reason) => reason === 'approved')) return 'approved';
  if (items.includes('approved')) return 'partial';
  return items.includes('reversed') ? 'reversed' : (items[0] ?? 'no-items');
}
