/**
 * The JSON API that an HTTP supplier speaks, and the reading of its answers. All functions are pure.
 *
 *   POST /v1/orders                       Idempotency-Key: <reference>, Authorization: Bearer <token>
 *     {reference, service: account-credit|pin-sale, product, account, amount, currency, quantity, region,
 *      merchant, terminal, orderedAt, validUntil}     amount in minor units, currency ISO 4217 numeric,
 *     200 {status: approved, reference, amount, currency, confirmation?, balance?: {amount, currency},
 *          accountExpiry?: YYYYMMDD, pins?: [{code, serial, expiry: YYYYMMDD}]}
 *     200 or 4xx {status: refused, reference, reason, text?}      a definite no: nothing was done
 *     200 or 409 {status: reversed, reference}        a reversal came before this order, or undid it
 *     202 or 409 {status: processing, reference}      ask GET /v1/orders/<reference>
 *     401, 403, 429                                   nothing was done
 *     anything else, or nothing: nobody can tell
 *   GET /v1/orders/<reference>             as above; 404 {status: unknown-order, reference}
 *   POST /v1/orders/<reference>/reversal   {reference, amount, currency, attempt}
 *     200 {status: reversed, reference}; 404 {status: unknown-order, reference}: the supplier remembers it
 *     and refuses the order, should it still come. A 404 without these words is a wrong path and proves nothing.
 *   POST /v1/inquiries                     {reference, product, account, region, currency}; does nothing
 *     200 {status: approved, reference, balance?, accountExpiry?} or {status: refused, …}
 *
 * The same reference with the same content is performed once and answered with the first result. The
 * supplier performs no order after its `validUntil`; so "unknown-order" proves that nothing was done, and
 * nothing will be, only when that time (and what the clocks may differ) has passed.
 */
import { z } from 'zod';
import type { Reason } from '../domain/reason.js';
import type { SupplyOrder, SupplyResult } from './supply.js';
import { approvalCode, type Meaning, supplierWords } from './words.js';

/** Characters of a PIN or serial that are taken. */
const PIN_TEXT_MAX = 64;
/** PINs in one answer. */
const PINS_MAX = 100;

const day = z.string().regex(/^\d{8}$/);
const currency = z.string().regex(/^\d{3}$/);
const minorUnits = z.int().min(0);
const reference = z.string().max(64);
const pinText = z.string().regex(/^[\x21-\x7e]+$/);

const approved = z.object({
  status: z.literal('approved'),
  reference,
  confirmation: z.string().max(64).default(''),
  balance: z.object({ amount: minorUnits, currency }).optional(),
  accountExpiry: day.or(z.literal('')).default(''),
  amount: minorUnits.optional(),
  currency: currency.optional(),
  pins: z
    .array(
      z.object({
        code: pinText.max(PIN_TEXT_MAX),
        serial: pinText.max(PIN_TEXT_MAX),
        expiry: day,
      }),
    )
    .max(PINS_MAX)
    .default([]),
});
const refused = z.object({
  status: z.literal('refused'),
  reference,
  reason: z.string().max(64),
  text: z.string().max(1024).default(''),
});
const bare = z.object({ status: z.enum(['processing', 'reversed', 'unknown-order']), reference });
const answer = z.discriminatedUnion('status', [approved, refused, bare]);

type Answer = z.output<typeof answer>;

/** What a supplier's word for a refusal means, unless the configuration says otherwise. */
export const DEFAULT_HTTP_REASONS: Readonly<Record<string, Meaning>> = {
  'unknown-account': 'invalid-account',
  blocked: 'account-blocked',
  cancelled: 'account-cancelled',
  suspended: 'account-suspended',
  limit: 'account-limit',
  'invalid-amount': 'invalid-amount',
  'amount-limit': 'amount-limit',
  'frequency-limit': 'frequency-limit',
  'unknown-product': 'unknown-product',
  'unknown-region': 'invalid-region',
  'not-supported': 'not-supported',
  // The supplier's own troubles and our float with it: not the customer's fault, another supplier may sell.
  'out-of-stock': 'unavailable',
  funds: 'unavailable',
  maintenance: 'unavailable',
  expired: 'unavailable',
};

/** What an answer says; `fault` where it says nothing that can be believed. */
export type Verdict =
  | SupplyResult
  | { readonly kind: 'processing' }
  | { readonly kind: 'unknown-order' }
  /** Nothing was done with this very request; says nothing of an earlier one. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'fault'; readonly fault: 'malformed' | 'mismatch' | 'supplier-fault' };

const REJECTED: ReadonlySet<number> = new Set([401, 403, 429]);
const READABLE: ReadonlySet<number> = new Set([200, 201, 202, 400, 404, 409, 410, 422]);

/** Reads the answer to an order, to an inquiry after one, or to an account inquiry. */
export function readAnswer(
  status: number,
  body: Buffer,
  order: SupplyOrder,
  meanings: ReadonlyMap<string, Meaning>,
): Verdict {
  if (status >= 500) return { kind: 'fault', fault: 'supplier-fault' };
  const said = parse(body);
  if (REJECTED.has(status) && said?.status !== 'refused') return { kind: 'rejected' };
  if (said === undefined || !(READABLE.has(status) || REJECTED.has(status))) {
    return { kind: 'fault', fault: 'malformed' };
  }
  if (said.reference !== order.reference) return { kind: 'fault', fault: 'mismatch' };
  switch (said.status) {
    case 'approved':
      return status < 300 ? approval(said, order) : { kind: 'fault', fault: 'malformed' };
    case 'refused':
      return refusalOf(said.reason, said.text, order, meanings);
    case 'reversed':
      return { kind: 'refused', reason: 'reversed', supplierReason: '' };
    case 'processing':
      return { kind: 'processing' };
    case 'unknown-order':
      return status === 404 ? { kind: 'unknown-order' } : { kind: 'fault', fault: 'malformed' };
  }
}

export type ReversalVerdict =
  | { readonly kind: 'undone' }
  | { readonly kind: 'fault'; readonly fault: 'malformed' | 'mismatch' | 'supplier-fault' | 'rejected' };

export function readReversal(status: number, body: Buffer, order: SupplyOrder): ReversalVerdict {
  if (status >= 500) return { kind: 'fault', fault: 'supplier-fault' };
  const said = parse(body);
  if (said === undefined) return { kind: 'fault', fault: REJECTED.has(status) ? 'rejected' : 'malformed' };
  if (said.reference !== order.reference) return { kind: 'fault', fault: 'mismatch' };
  if (status === 200 && said.status === 'reversed') return { kind: 'undone' };
  if (status === 404 && said.status === 'unknown-order') return { kind: 'undone' };
  return { kind: 'fault', fault: 'rejected' };
}

function parse(body: Buffer): Answer | undefined {
  try {
    const read = answer.safeParse(JSON.parse(body.toString('utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

function approval(said: z.output<typeof approved>, order: SupplyOrder): Verdict {
  if (order.service !== 'account-inquiry') {
    if (said.amount !== order.amount || said.currency !== order.currency) {
      return { kind: 'fault', fault: 'mismatch' };
    }
    const due = order.service === 'pin-sale' ? order.quantity : 0;
    if (said.pins.length !== due) return { kind: 'fault', fault: 'mismatch' };
  }
  return {
    kind: 'approved',
    approvalCode: approvalCode(said.confirmation),
    balance: said.balance,
    accountExpiry: said.accountExpiry,
    pins: said.pins,
  };
}

function refusalOf(
  word: string,
  text: string,
  order: SupplyOrder,
  meanings: ReadonlyMap<string, Meaning>,
): Verdict {
  const meaning: Reason | 'unavailable' = meanings.get(word) ?? 'supplier-refused';
  if (meaning === 'unavailable') return { kind: 'unavailable' };
  const shown = supplierWords(text === '' ? word : text, order.account);
  return { kind: 'refused', reason: meaning, supplierReason: shown };
}

/** The body of POST /v1/orders: the same bytes for every repeat of one order. */
export function orderBody(order: SupplyOrder, validUntil: number): string {
  return JSON.stringify({
    reference: order.reference,
    service: order.service,
    product: order.product,
    account: order.account,
    amount: order.amount,
    currency: order.currency,
    quantity: order.quantity,
    region: order.region,
    merchant: order.merchant,
    terminal: order.terminal,
    orderedAt: new Date(order.orderedAt).toISOString(),
    validUntil: new Date(validUntil).toISOString(),
  });
}

export function reversalBody(order: SupplyOrder, attempt: number): string {
  const { reference, amount, currency } = order;
  return JSON.stringify({ reference, amount, currency, attempt });
}

export function inquiryBody(order: SupplyOrder): string {
  const { reference, product, account, region, currency } = order;
  return JSON.stringify({ reference, product, account, region, currency });
}
