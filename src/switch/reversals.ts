/**
 * A terminal's reversal. The undoing here and the duty to tell the supplier stand in one commit, and only then
 * is the reversal answered; it is answered the same however often it comes. An original that never arrived
 * leaves a tombstone that a late original meets. Of a batch it undoes all items, or those that it names. A terminal
 * that may ask for nothing any more still undoes what it did; an original that is not known it may not even cite.
 */
import { addDays } from '../base/dates.js';
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { ReversalRequest } from '../domain/request.js';
import type { OriginalQuery } from '../store/store.js';
import type { LinkPolicy, SwitchContext } from './context.js';
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
    original: queryOf(context, request),
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

function queryOf(
  context: SwitchContext,
  { identity, original, amount, items }: ReversalRequest,
): OriginalQuery {
  return {
    // The citation's acquirer is right-justified and often zero: the reversal's own is the surer one.
    acquirer: identity.acquirer,
    merchant: identity.merchant,
    terminal: identity.terminal,
    messageClass: original.messageClass,
    stan: original.stan,
    dates: daysOf(context, { identity, original }),
    transmittedAt: original.transmittedAt,
    localTime: original.localTime,
    rrn: original.rrn,
    approvalCode: original.approvalCode,
    // Where items are named, it may be theirs: the store compares it.
    amount: items ? null : (amount ?? null),
    accountMark: original.account === '' ? '' : context.vault.markAccount(original.account),
  };
}

/** How late a reversal may come that names no day of its original: days back, by STAN (soon used again) and by RRN. */
const DAYS_BACK = { stan: 1, rrn: 7 };

/** DE7 is in UTC and DE13 local, so a cited DE7 may name the day before or after. */
function daysOf(
  { calendar }: SwitchContext,
  { identity, original }: Pick<ReversalRequest, 'identity' | 'original'>,
): readonly string[] {
  if (original.localDate !== '') return [calendar.dayOf(original.localDate, '')];
  const cited = original.transmittedAt.slice(0, 4);
  const day = calendar.dayOf(cited || identity.localDate, identity.localTime);
  if (cited !== '') return [day, addDays(day, -1), addDays(day, 1)];
  const daysBack = original.stan === '' ? DAYS_BACK.rrn : DAYS_BACK.stan;
  return Array.from({ length: daysBack + 1 }, (_, back) => addDays(day, -back));
}
