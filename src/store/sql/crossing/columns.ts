/**
 * The journal's columns in the order in which they cross between threads, and packing by that order on the
 * calling side. The worker binds a packed entry as it comes, so order here, in SQL and in `pushEntry` is one.
 */
import type { Reason } from '../../../domain/reason.js';
import type { TransactionState } from '../../../domain/transaction.js';
import type { Doubt, JournalEntry, SealedPin, StoredOutcome, StoredTransaction } from '../../store.js';
import { type Cursor, type Flat, fromLatin1, toLatin1 } from './flat.js';

export const ENTRY_COLUMNS = [
  'key',
  'fingerprint',
  'acquirer',
  'merchant',
  'terminal',
  'message_class',
  'stan',
  'rrn',
  'transmitted_at',
  'local_date',
  'local_time',
  'service',
  'product',
  'quantity',
  'amount',
  'currency',
  'region',
  'account',
  'account_mark',
  'received_at',
] as const;

export const OUTCOME_COLUMNS = [
  'reason',
  'approval_code',
  'balance',
  'balance_currency',
  'account_expiry',
  'supplier_reason',
  'receipt_id',
] as const;

export const REST_COLUMNS = [
  'state',
  'supplier',
  'reference',
  'deadline_at',
  'doubt',
  'closed_at',
  'original_id',
] as const;

/** Of a batch's item. */
export const ITEM_COLUMNS = ['batch_id', 'item'] as const;

export const ENTRY_SIZE = ENTRY_COLUMNS.length;
export const OUTCOME_SIZE = OUTCOME_COLUMNS.length;
const ACCOUNT = ENTRY_COLUMNS.indexOf('account');

export function pushEntry(out: Flat, entry: JournalEntry): void {
  out.push(
    entry.key,
    entry.fingerprint,
    entry.acquirer,
    entry.merchant,
    entry.terminal,
    entry.messageClass,
    entry.stan,
    entry.rrn,
    entry.transmittedAt,
    entry.localDate,
    entry.localTime,
    entry.service,
    entry.product,
    entry.quantity,
    entry.amount,
    entry.currency,
    entry.region,
    entry.account === null ? null : toLatin1(entry.account),
    entry.accountMark,
    entry.receivedAt,
  );
}

export function pushOutcome(out: Flat, outcome: StoredOutcome): void {
  out.push(
    outcome.reason,
    outcome.approvalCode,
    outcome.balance,
    outcome.balanceCurrency,
    outcome.accountExpiry,
    outcome.supplierReason,
    outcome.receiptId,
  );
}

/** A packed entry, ready to bind: the account as bytes again. */
export function takeEntry(input: Cursor): Flat {
  const entry = input.take(ENTRY_SIZE);
  const account = entry[ACCOUNT];
  if (typeof account === 'string') entry[ACCOUNT] = fromLatin1(account);
  return entry;
}

export function takePins(input: Cursor): SealedPin[] {
  const pins: SealedPin[] = [];
  for (let left = input.number(); left > 0; left -= 1) pins.push(takePin(input));
  return pins;
}

export function takePin(input: Cursor): SealedPin {
  return {
    id: input.number(),
    batch: input.number(),
    sealed: Buffer.from(input.text(), 'hex'),
    serial: input.text(),
    expiry: input.text(),
  };
}

function takeOutcome(input: Cursor): StoredOutcome | undefined {
  const outcome = {
    reason: input.scalar() as Reason | null,
    approvalCode: input.text(),
    balance: input.scalar() as number | null,
    balanceCurrency: input.text(),
    accountExpiry: input.text(),
    supplierReason: input.text(),
    receiptId: input.number(),
  };
  return outcome.reason === null ? undefined : { ...outcome, reason: outcome.reason };
}

function takeStoredEntry(input: Cursor): JournalEntry {
  return {
    key: input.text(),
    fingerprint: input.text(),
    acquirer: input.text(),
    merchant: input.text(),
    terminal: input.text(),
    messageClass: input.text(),
    stan: input.text(),
    rrn: input.text(),
    transmittedAt: input.text(),
    localDate: input.text(),
    localTime: input.text(),
    service: input.text(),
    product: input.text(),
    quantity: input.number(),
    amount: input.number(),
    currency: input.text(),
    region: input.text(),
    account: accountOf(input.scalar() as string | null),
    accountMark: input.text(),
    receivedAt: input.number(),
  };
}

function accountOf(packed: string | null): Uint8Array | null {
  return packed === null ? null : fromLatin1(packed);
}

export function takeTransaction(input: Cursor): StoredTransaction {
  const id = input.number();
  const entry = takeStoredEntry(input);
  const outcome = takeOutcome(input);
  return {
    ...entry,
    id,
    outcome,
    state: input.text() as TransactionState,
    supplier: input.text(),
    reference: input.text(),
    deadlineAt: input.number(),
    doubt: input.text() as Doubt | '',
    closedAt: input.number(),
    originalId: input.number(),
    batchId: input.number(),
    item: input.number(),
    pinProduct: input.text(),
    pins: takePins(input),
  };
}
