/**
 * Recovery: a transaction that is pending without anybody at work on it is doubtful: its process was killed, or
 * its close did not reach the disk. It is declined as late, and in the same commit the supplier's undoing (or
 * inquiry) is recorded, which forwarding then repeats until it is answered. Run at start for all that the last
 * process left, and then from time to time for what passed its deadline.
 */
import type { DeadlineSpan } from '../store/store.js';
import type { SwitchContext } from './context.js';
import { endDoubt } from './doubt.js';

/** A deadline may be passed by this much while its close is under way. */
const GRACE_MS = 5_000;

/** No deadline is as far away: one that is was set by a clock that has been set back since, and has passed. */
const FAR_MS = 3_600_000;

/** Ends the doubt of pending transactions that are not in time; says how many there were. */
async function recover(context: SwitchContext, inTime?: DeadlineSpan): Promise<number> {
  const { store, log } = context;
  let recovered = 0;
  for (const transaction of await store.pending(inTime)) {
    if (context.atSuppliers.has(transaction.key)) continue;
    await endDoubt(context, { ...transaction, doubt: transaction.doubt || 'reversal' });
    recovered += 1;
  }
  if (recovered > 0) {
    log.warn({ recovered }, 'doubtful transactions recovered');
  }
  return recovered;
}

/**
 * Alone, every pending transaction is the last process's: nobody is at work on it. Where other processes serve from the
 * same journal, each has its transactions to itself until their deadlines, so that only what is overdue is anybody's.
 * One that lost its connection and is taken for gone loses sales, never money: what its supplier approves after all is
 * undone there (`superseded`).
 */
export async function recoverAtStart(context: SwitchContext): Promise<number> {
  const isAlone = await context.store.servesAlone();
  return isAlone ? recover(context) : recoverOverdue(context);
}

export function recoverOverdue(context: SwitchContext): Promise<number> {
  const now = context.clock.now();
  return recover(context, { from: now - GRACE_MS, to: now + FAR_MS });
}
