/**
 * The interface that we ask of a vendor of PINs: JSON over HTTP (TLS, with a bearer token where one is agreed).
 *
 *   POST /orders  {"reference","product","quantity"}
 *     200, 201    {"reference","state":"accepted"}: PINs will come. The same reference again is the same order and gets
 *                 the same answer, for as long as the vendor keeps it open and 90 days more; it is performed once.
 *     422         {"reference","state":"refused","reason"}: none will come. The reason is shown to people, one line.
 *     409         this reference was used for another product or quantity; nothing was done
 *   GET /orders/REFERENCE
 *     200         {"reference","product","quantity","state","reason"?,"deliveries":[{"id","count","sha256"}]}
 *                 state: accepted (more may come), complete (all that will come is listed), refused
 *     404         never heard of it
 *   GET /orders/REFERENCE/deliveries/ID
 *     200         the batch file, as `stock intake` reads it: CSV product,pin,serial,expiry, of that SHA-256
 *
 * References are letters, digits and -, 64 at most; a delivery's id is letters, digits, dots, _ and -, 64 at most, and
 * stands for the same contents for good. 401 and 403: our token is refused; 429 and 5xx: later. All other answers are
 * faults: what they were about is asked again. PINs that are known here already are refused row by row, so a batch that
 * comes twice, or brings what came before, does no harm.
 */
import { z } from 'zod';
import { checked } from '../../base/schema.js';

/** Deliveries of one order. */
const DELIVERIES_MAX = 1_000;
const REASON_CHARACTERS_MAX = 100;

export interface VendorRequest {
  readonly reference: string;
  /** As the vendor calls it. */
  readonly product: string;
  readonly quantity: number;
}

/** What can go wrong with a question, in one word; each is counted. */
export const VENDOR_FAULTS = [
  /** No byte of the question left this host. */
  'unreachable',
  'timeout',
  'lost',
  /** Our token was refused, or we were told to slow down. */
  'rejected',
  /** 5xx. */
  'failed',
  /** An answer that cannot be read, or is about another order. */
  'malformed',
  /** Over the limit. */
  'oversize',
  /** It does not know an order that it had accepted. */
  'unknown-order',
  /** A batch whose contents are not those of its checksum. */
  'checksum',
  /** A batch that is no batch of PINs. */
  'no-batch',
] as const;
export type VendorFault = (typeof VENDOR_FAULTS)[number];

/** Then nothing else is asked of this vendor for a while. */
export const AWAY: ReadonlySet<VendorFault> = new Set([
  'unreachable',
  'timeout',
  'lost',
  'rejected',
  'failed',
]);

export interface Fault {
  readonly kind: 'fault';
  readonly fault: VendorFault;
}

export type PlaceAnswer = { readonly kind: 'accepted' } | Refused | Fault;

export interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

export interface ListedDelivery {
  readonly id: string;
  /** PINs, as the vendor counts them. */
  readonly count: number;
  readonly sha256: string;
}

export interface OrderStatus {
  readonly kind: 'order';
  readonly state: 'accepted' | 'complete' | 'refused';
  readonly reason: string;
  readonly deliveries: readonly ListedDelivery[];
}

const reference = z.string();
/** Shown to people: one line of printable characters, cut. */
const reason = z
  .string()
  .transform((text) => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, REASON_CHARACTERS_MAX))
  .default('');

const placed = z.discriminatedUnion('state', [
  z.object({ reference, state: z.literal('accepted') }),
  z.object({ reference, state: z.literal('refused'), reason }),
]);

const status = z.object({
  reference,
  product: z.string(),
  quantity: z.int(),
  state: z.enum(['accepted', 'complete', 'refused']),
  reason,
  deliveries: z
    .array(
      z.object({
        id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dots, _ and -, 64 at most'),
        count: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
      }),
    )
    .max(DELIVERIES_MAX)
    .default([]),
});

export function orderPath(of: string, delivery?: string): string {
  const path = `/orders/${encodeURIComponent(of)}`;
  return delivery === undefined ? path : `${path}/deliveries/${encodeURIComponent(delivery)}`;
}

export function orderBody({ reference, product, quantity }: VendorRequest): string {
  return JSON.stringify({ reference, product, quantity });
}

export function readPlaced(code: number, body: Buffer, order: VendorRequest): PlaceAnswer {
  if (code === 409) return { kind: 'refused', reason: 'the reference was used for another order' };
  if (code !== 200 && code !== 201 && code !== 422) return faultOf(code);
  const answer = parsed(placed, body);
  if (answer?.reference !== order.reference) return fault('malformed');
  if (answer.state === 'refused') return { kind: 'refused', reason: answer.reason };
  return code === 422 ? fault('malformed') : { kind: 'accepted' };
}

export function readStatus(code: number, body: Buffer, order: VendorRequest): OrderStatus | Fault {
  if (code === 404) return fault('unknown-order');
  if (code !== 200) return faultOf(code);
  const answer = parsed(status, body);
  const isOurs =
    answer?.reference === order.reference &&
    answer.product === order.product &&
    answer.quantity === order.quantity;
  if (!answer || !isOurs) return fault('malformed');
  return { kind: 'order', state: answer.state, reason: answer.reason, deliveries: answer.deliveries };
}

export function fault(word: VendorFault): Fault {
  return { kind: 'fault', fault: word };
}

/** Of a status that is no answer to what was asked. */
export function faultOf(code: number): Fault {
  if (code === 401 || code === 403 || code === 429) return fault('rejected');
  return fault(code >= 500 ? 'failed' : 'malformed');
}

function parsed<S extends z.ZodType>(schema: S, body: Buffer): z.output<S> | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  const result = checked(schema, document);
  return result.ok ? result.value : undefined;
}
