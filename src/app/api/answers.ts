/**
 * Outcomes as HTTP. 200 says that the request was carried through and stands in the journal, approved or declined;
 * every other status says that nothing new was done, or (503 `unknown`) that the caller has to ask again with the
 * same key to hear what was done.
 */
import type { Outcome } from '../../domain/outcome.js';
import type { Answer, Listing, Problem } from './bodies.js';

export interface Reply {
  readonly status: number;
  readonly body: Answer | Listing | Problem;
  /** Seconds. */
  readonly retryAfter?: number;
}

const RETRY_S = 2;

export function replyOf(outcome: Outcome | undefined): Reply {
  if (!outcome) return unknownOutcome();
  switch (outcome.reason) {
    case 'duplicate':
      return problem(409, 'key-reused', 'this Idempotency-Key named another request', 'Idempotency-Key');
    case 'in-progress':
      return {
        ...problem(409, 'in-progress', 'not finished yet; ask again with the same key'),
        retryAfter: RETRY_S,
      };
    case 'malfunction':
      return { ...problem(503, 'unavailable', 'nothing was done; try again'), retryAfter: RETRY_S };
    case 'invalid-terminal':
    case 'invalid-merchant':
      return problem(403, 'forbidden', `refused: ${outcome.reason}`);
    default:
      return { status: 200, body: answerOf(outcome) };
  }
}

/** What became of it cannot be told now: it was undone meanwhile, or its end is not on disk. */
export function unknownOutcome(): Reply {
  const detail = 'what became of it cannot be told yet; ask again with the same key';
  return { ...problem(503, 'unknown', detail), retryAfter: RETRY_S };
}

export function problem(
  status: number,
  error: Problem['error'],
  detail: string,
  field?: string,
): Reply & { body: Problem } {
  return { status, body: { error, ...(field === undefined ? {} : { field }), detail } };
}

function answerOf(outcome: Outcome): Answer {
  const { items } = outcome;
  const own = ownAnswerOf(outcome);
  if (!items) return own;
  return { ...own, items: items.map((one) => ({ item: one.number, ...ownAnswerOf(one.outcome) })) };
}

function ownAnswerOf(outcome: Outcome): Omit<Answer, 'items'> {
  const { transactionId, reason, supplierReason, approvalCode, amount, balance } = outcome;
  const { accountExpiry, accountReference = '', pins, receipt } = outcome;
  return {
    ...(transactionId === undefined ? {} : { transaction: transactionId }),
    result: reason === 'approved' || reason === 'partial' ? reason : 'declined',
    reason,
    ...(supplierReason === '' ? {} : { supplierReason }),
    ...(approvalCode === '' ? {} : { approvalCode }),
    ...(amount === undefined ? {} : { amount }),
    ...(balance ? { balance: { ...balance } } : {}),
    ...(accountExpiry === '' ? {} : { accountExpiry }),
    ...(accountReference === '' ? {} : { accountReference }),
    ...(pins.length === 0
      ? {}
      : { pins: pins.map(({ code, serial, expiry }) => ({ pin: code, serial, expiry })) }),
    ...(receipt.length === 0 ? {} : { receipt: [...receipt] }),
  };
}
