/**
 * A terminal's reversal. The undoing here and the duty to tell the supplier stand in one commit, and only then
 * is the reversal answered; it is answered the same however often it comes. An original that never arrived
 * leaves a tombstone that a late original meets. Of a batch it undoes all items, or those that it names. A terminal
 * that may ask for nothing any more still undoes what it did; an original that is not known it may not even cite.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { ReversalRequest } from '../domain/request.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { queryOf } from './originals.js';
import { entryAsSent, repeatedOutcome, storedApproval, storedRefusal } from './records.js';

export async function reverse(
  context: SwitchContext,
  policy: LinkPolicy,
  request: ReversalRequest,
  stranger?: Reason,
): Promise<Outcome> {
  const accepted = storedApproval('');
  const unknown = policy.unknownOriginal === 'accept' ? accepted : storedRefusal('original-not-found');
  const result = await context.store.reverse({
    entry: entryAsSent(context, policy, request),
    // Where items are named, the amount may be theirs: the store compares it.
    original: queryOf(context, request.items ? { ...request, amount: undefined } : request),
    pinsTo: 'quarantined',
    now: context.clock.now(),
    accepted,
    unknown: stranger ? undefined : unknown,
    refused: storedRefusal('not-permitted'),
    items: request.items && { numbers: request.items, amount: request.amount ?? null },
  });
  switch (result.kind) {
    case 'conflict':
      return plainOutcome('duplicate');
    case 'repeat':
      return repeatedOutcome(context, result.transaction);
    case 'unrecorded':
      return plainOutcome(stranger ?? unknown.reason);
    case 'unknown':
      return { ...plainOutcome(unknown.reason), transactionId: result.id };
    case 'stands':
      return { ...plainOutcome('not-permitted'), transactionId: result.id };
    case 'nothing-to-undo':
      return { ...plainOutcome('approved'), transactionId: result.id };
    case 'refused':
      return { ...plainOutcome(result.reason), transactionId: result.id };
    case 'reversed':
    case 'partly-reversed':
      // A batch's own row never says whether suppliers have to undo some of its items.
      if (result.original.state !== 'reversed' || result.original.service === 'batch')
        context.forwardingDue();
      return {
        ...plainOutcome(result.kind === 'reversed' ? 'approved' : 'partial'),
        transactionId: result.id,
      };
  }
}
