/**
 * Transactions and forwardings as `journal` tells them: plain members, instants in ISO 8601 UTC, amounts in minor
 * units. Neither codes of PINs nor accounts, and nothing that is sealed.
 */
import type { Forwarding, Resolution, StoredTransaction } from '../store/store.js';

export function transactionRecord(transaction: StoredTransaction) {
  const { outcome } = transaction;
  return {
    id: transaction.id,
    state: transaction.state,
    service: transaction.service,
    /** A PIN sold where the terminal had asked for an account's credit. */
    inPlaceOfCredit: transaction.service === 'pin-sale' && transaction.account !== null,
    product: transaction.product,
    quantity: transaction.quantity,
    amount: transaction.amount,
    currency: transaction.currency,
    region: transaction.region || null,
    merchant: transaction.merchant,
    terminal: transaction.terminal,
    acquirer: transaction.acquirer,
    stan: transaction.stan,
    rrn: transaction.rrn,
    localDate: transaction.localDate,
    localTime: transaction.localTime,
    /** Masked: only that there is one. */
    account: transaction.account ? '***' : null,
    reason: outcome?.reason ?? null,
    approvalCode: outcome?.approvalCode || null,
    supplierReason: outcome?.supplierReason || null,
    /** Of a reversal: the transaction that it undid. */
    originalId: transaction.originalId || null,
    /** Of a batch's item: the batch, and its number in it. */
    batchId: transaction.batchId || null,
    item: transaction.item || null,
    pins: transaction.pins.map(({ serial, expiry }) => ({ serial, expiry })),
    supplier: transaction.supplier,
    reference: transaction.reference,
    receivedAt: instant(transaction.receivedAt) ?? '',
    closedAt: instant(transaction.closedAt),
  };
}

/** Doubt that was ended by hand. */
export function resolutionRecord({ from, to, by, why, at }: Resolution) {
  return { from, to, by, why, at: new Date(at).toISOString() };
}

export function forwardingRecord(forwarding: Forwarding) {
  return {
    kind: forwarding.kind,
    attempts: forwarding.attempts,
    nextAt: instant(forwarding.nextAt) ?? '',
    transaction: transactionRecord(forwarding.transaction),
  };
}

/** Null for 0, which stands for "not yet". */
function instant(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}
