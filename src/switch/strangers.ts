/**
 * Requests of a terminal that may ask for nothing, or for this no more: refused, and nothing is recorded, so that
 * who is not known fills no journal. But what was done before the terminal or its merchant was taken out of use is
 * still answered for: a reversal of it undoes it, and a repeat of its request is told what stands.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { Batch, FinancialRequest, ReconciliationRequest, ReversalRequest } from '../domain/request.js';
import { repeatedBatch } from './batches.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { transactionKey } from './keys.js';
import { metOutcome } from './repeats.js';
import { reverse } from './reversals.js';

export async function answerStranger(
  context: SwitchContext,
  policy: LinkPolicy,
  request: FinancialRequest | Batch | ReversalRequest | ReconciliationRequest,
  reason: Reason,
): Promise<Outcome> {
  const { kind, identity } = request;
  if (kind === 'reversal') return reverse(context, policy, request, reason);
  if (kind === 'account-inquiry' || kind === 'reconciliation') return plainOutcome(reason);
  const { key } = transactionKey(identity, policy, context.calendar);
  const [transaction] = await context.store.find({ key, limit: 1 });
  const fingerprint = context.vault.fingerprint(identity.content, identity.contentIsSensitive);
  if (transaction?.fingerprint !== fingerprint) return plainOutcome(reason);
  return kind === 'batch'
    ? repeatedBatch(context, transaction)
    : metOutcome(context, { kind: 'repeat', transaction });
}
