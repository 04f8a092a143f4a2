/** Between the switch's words and the journal's rows, both ways. */
import type { Outcome, SoldPin } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { FinancialRequest, Identity, ReversalRequest } from '../domain/request.js';
import { UnknownKeyBatch } from '../stock/vault.js';
import type {
  IssuedPin,
  JournalEntry,
  Remembering,
  SealedPin,
  StoredOutcome,
  StoredTransaction,
} from '../store/store.js';
import type { SupplyOrder, SupplyResult } from '../supply/supply.js';
import { accountReference } from './accountReferences.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { transactionKey } from './keys.js';
import { readAfterCommit } from './unread.js';

/** What an outcome is told of: the stored transaction's `pinProduct`, or a fresh one's. */
export type Told = JournalEntry & Partial<Pick<StoredTransaction, 'pinProduct'>>;

interface Asked {
  readonly service: string;
  readonly product: string;
  readonly quantity: number;
  readonly amount: number;
  readonly currency: string;
  readonly region: string;
  readonly account: string;
}

export function entryOf(
  context: SwitchContext,
  policy: LinkPolicy,
  identity: Identity,
  asked: Asked,
  fingerprint = context.vault.fingerprint(identity.content, identity.contentIsSensitive),
): JournalEntry {
  const { key, localDate } = transactionKey(identity, policy, context.calendar);
  const { vault } = context;
  return {
    key,
    fingerprint,
    acquirer: identity.acquirer,
    merchant: identity.merchant,
    terminal: identity.terminal,
    messageClass: identity.messageClass,
    stan: identity.stan,
    rrn: identity.rrn,
    transmittedAt: identity.transmittedAt,
    localDate,
    localTime: identity.localTime,
    service: asked.service,
    product: asked.product,
    quantity: asked.quantity,
    amount: asked.amount,
    currency: asked.currency,
    region: asked.region,
    account: asked.account === '' ? null : vault.sealAccount(asked.account),
    accountMark: asked.account === '' ? '' : vault.markAccount(asked.account),
    receivedAt: context.clock.now(),
  };
}

/** The journal entry of a request as it was sent: where no product settles price or currency. */
export function entryAsSent(
  context: SwitchContext,
  policy: LinkPolicy,
  request: FinancialRequest | ReversalRequest,
): JournalEntry {
  return entryOf(context, policy, request.identity, {
    service: request.kind,
    product: 'product' in request ? request.product : '',
    quantity: request.kind === 'pin-sale' ? request.quantity : 0,
    amount: ('amount' in request ? request.amount : undefined) ?? 0,
    currency: 'currency' in request ? request.currency : '',
    region: 'region' in request ? request.region : '',
    account: 'account' in request ? request.account : '',
  });
}

export function storedRefusal(reason: Reason, supplierReason = ''): StoredOutcome {
  return {
    reason,
    approvalCode: '',
    balance: null,
    balanceCurrency: '',
    accountExpiry: '',
    supplierReason,
    receiptId: 0,
  };
}

export function storedApproval(approvalCode: string, receiptId = 0): StoredOutcome {
  return {
    reason: 'approved',
    approvalCode,
    balance: null,
    balanceCurrency: '',
    accountExpiry: '',
    supplierReason: '',
    receiptId,
  };
}

type Approved = Extract<SupplyResult, { kind: 'approved' }>;

/** What a supplier's approval is stored as. */
export function suppliedOutcome(context: SwitchContext, product: string, result: Approved): StoredOutcome {
  return {
    ...storedApproval(result.approvalCode || context.names.approvalCode(), context.receipts.idOf(product)),
    balance: result.balance?.amount ?? null,
    balanceCurrency: result.balance?.currency ?? '',
    accountExpiry: result.accountExpiry,
  };
}

/** What is remembered of the account that this credits; undefined where it credits none. */
export function rememberingOf(
  { catalogue }: SwitchContext,
  { account, product, terminal }: JournalEntry,
): Remembering | undefined {
  const provider = account === null ? undefined : catalogue.products.get(product)?.provider;
  return provider === undefined ? undefined : { provider, merchant: catalogue.merchantOf(terminal) };
}

/** What a supplier is told of a transaction: the same at every attempt, by whoever makes it. */
export function orderOf(
  { catalogue }: Pick<SwitchContext, 'catalogue'>,
  entry: JournalEntry,
  reference: string,
  account: string,
): SupplyOrder {
  const product = catalogue.products.get(entry.product);
  const isMadeForIt = product?.kind === 'pin' && product.forAccount === true;
  return {
    reference,
    service: entry.service === 'pin-sale' ? 'pin-sale' : 'account-credit',
    product: entry.product,
    // A PIN in place of a credit is nobody's until it is used, unless it can be used for that account alone.
    account: entry.service === 'pin-sale' && !isMadeForIt ? '' : account,
    region: entry.region,
    amount: entry.amount,
    currency: entry.currency,
    quantity: entry.quantity,
    merchant: entry.merchant,
    terminal: entry.terminal,
    orderedAt: entry.receivedAt,
  };
}

/** PINs that a supplier issued at the moment of sale, sealed. */
export function issuedPins(
  { vault }: SwitchContext,
  supplier: string,
  product: string,
  result: SupplyResult,
): IssuedPin[] {
  if (result.kind !== 'approved') return [];
  const batch = vault.currentBatch();
  return result.pins.map(({ code, serial, expiry }) => ({
    product,
    supplier,
    batch,
    sealed: vault.sealPin(batch, product, serial, code),
    mark: vault.markPin(supplier, code),
    serial,
    expiry,
  }));
}

/** What the terminal is told: the stored outcome with its PINs opened and its receipt printed. */
export function outcomeOf(
  context: SwitchContext,
  id: number,
  entry: Told,
  stored: StoredOutcome,
  sealed: readonly SealedPin[],
): Outcome | Promise<Outcome> {
  try {
    return opened(context, id, entry, stored, sealed);
  } catch (error) {
    // Another process took in stock under a key batch that this one has not met yet.
    if (!(error instanceof UnknownKeyBatch)) throw error;
    return readAfterCommit(context.vault.learnBatches()).then(() =>
      opened(context, id, entry, stored, sealed),
    );
  }
}

/** Services whose amount is told. */
const PRICED: ReadonlySet<string> = new Set(['pin-sale', 'account-credit']);

function opened(
  context: SwitchContext,
  id: number,
  entry: Told,
  stored: StoredOutcome,
  sealed: readonly SealedPin[],
): Outcome {
  const pins = sealed.map((pin) => openPin(context, pin, entry.pinProduct || entry.product));
  return {
    reason: stored.reason,
    transactionId: id,
    approvalCode: stored.approvalCode,
    balance:
      stored.balance === null ? undefined : { amount: stored.balance, currency: stored.balanceCurrency },
    accountExpiry: stored.accountExpiry,
    supplierReason: stored.supplierReason,
    ...(stored.reason === 'approved' && PRICED.has(entry.service) ? { amount: entry.amount } : {}),
    accountReference: accountReference(context, id, entry, stored),
    pins,
    receipt: receiptOf(context, entry, stored, pins),
  };
}

/** The answer to a repeat. A PIN whose sale was reversed is not told again. */
export function repeatedOutcome(
  context: SwitchContext,
  transaction: StoredTransaction,
): Outcome | Promise<Outcome> {
  const { outcome, state } = transaction;
  const wasUndone = (state === 'reversing' || state === 'reversed') && outcome?.reason === 'approved';
  const stored =
    outcome && !wasUndone
      ? outcome
      : storedRefusal(outcome || state !== 'pending' ? 'reversed' : 'in-progress');
  return outcomeOf(context, transaction.id, transaction, stored, wasUndone ? [] : transaction.pins);
}

function openPin(context: SwitchContext, pin: SealedPin, product: string): SoldPin {
  return { code: context.vault.openPin(pin, product), serial: pin.serial, expiry: pin.expiry };
}

function receiptOf(
  context: SwitchContext,
  entry: JournalEntry,
  stored: StoredOutcome,
  pins: readonly SoldPin[],
): readonly string[] {
  return context.receipts.render(stored.receiptId, {
    amount: entry.amount,
    currency: entry.currency,
    serial: pins.map(({ serial }) => serial).join(' '),
    expiry: pins[0]?.expiry ?? stored.accountExpiry,
    terminal: entry.terminal,
    merchant: entry.merchant,
    rrn: entry.rrn,
    approval: stored.approvalCode,
  });
}
