/** What another process on the same journal is at work on: a repeat that comes here waits for its end. */
import type { StoredTransaction } from '../store/store.js';
import type { SwitchContext } from './context.js';

/** Between two looks, milliseconds. */
const LOOK_MS = 50;

/** As it stands when it has ended, or when its deadline, or this request's own time, is over. */
export async function endedElsewhere(
  { isShared, store, clock, times }: SwitchContext,
  transaction: StoredTransaction,
): Promise<StoredTransaction> {
  const until = Math.min(transaction.deadlineAt, clock.now() + times.saleMs);
  let seen = transaction;
  while (isShared && seen.state === 'pending' && clock.now() < until) {
    await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    seen = (await store.find({ id: transaction.id, limit: 1 }))[0] ?? seen;
  }
  return seen;
}
