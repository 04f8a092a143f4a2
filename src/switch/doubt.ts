/**
 * The end of doubt: nobody can tell what a supplier did. Where it undoes, the transaction is declined as late and
 * the reversal recorded in the same commit. Where it cannot undo but tells, the transaction stays pending and an
 * inquiry is recorded. Forwarding repeats either until it is answered.
 */
import type { Doubt } from '../store/store.js';
import type { SwitchContext } from './context.js';
import { storedRefusal } from './records.js';

export interface Doubtful {
  readonly id: number;
  readonly reference: string;
  readonly doubt: Doubt;
}

/** False where the transaction is no longer pending under that reference: a reversal came, or it was closed. */
export async function endDoubt(context: SwitchContext, { id, reference, doubt }: Doubtful): Promise<boolean> {
  const { store, clock } = context;
  const now = clock.now();
  let stands: boolean;
  if (doubt === 'inquiry') {
    stands = await store.inquire(id, reference, now);
  } else {
    const closed = await store.close({
      id,
      reference,
      state: 'reversing',
      outcome: storedRefusal('late'),
      closedAt: now,
      issued: [],
      forward: { kind: 'reversal', nextAt: now },
    });
    stands = closed.kind === 'closed';
  }
  context.forwardingDue();
  return stands;
}
