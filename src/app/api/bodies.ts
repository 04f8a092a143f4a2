/** What the web API takes and gives, as schemas: they check a body, and the OpenAPI document is made of them. */
import { z } from 'zod';
import { QUANTITY_MAX } from '../../conduit/items.js';
import { REASONS } from '../../domain/reason.js';

const TEXT = /^[\x20-\x7e]*$/;
const text = (max: number) => z.string().max(max).regex(TEXT, 'printable ASCII characters');
const code = (max: number) => text(max).min(1);
const minorUnits = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const terminal = code(40).optional().describe("One of the client's terminals; its first where left out");
const product = code(40).describe('Product code');
const region = text(20).optional().describe('Region code, for providers that need one');
const amount = minorUnits.optional().describe('In minor units of the currency');
const currency = z
  .string()
  .regex(/^\d{3}$/, 'three digits')
  .optional()
  .describe('ISO 4217 numeric');
const account = z
  .string()
  .regex(/^[0-9]{1,28}$/, '1 to 28 digits')
  .describe('Phone, account, meter or card number');

export const pinSale = z
  .strictObject({
    terminal,
    product,
    quantity: z.int().min(1).max(QUANTITY_MAX).default(1),
    amount,
    currency,
    region,
  })
  .describe('A PIN (or several of one product) from stock, or from its supplier at this moment');

export const accountCredit = z
  .strictObject({ terminal, product: product.optional(), account, amount: minorUnits, currency, region })
  .describe("Value into a customer's account, at once");

export const accountInquiry = z
  .strictObject({ terminal, product: product.optional(), account, region })
  .describe('Balance and expiry of an account; changes nothing');

export const reversal = z
  .strictObject({
    terminal,
    transaction: code(64).describe('The Idempotency-Key of the transaction to undo'),
    amount,
  })
  .describe('Undoes a transaction; answered the same however often it is asked for');

export const answer = z
  .object({
    transaction: z.int().optional().describe("The journal's number"),
    result: z.enum(['approved', 'declined']),
    reason: z.enum(REASONS),
    supplierReason: z.string().optional().describe("The supplier's own word for a refusal"),
    approvalCode: z.string().optional(),
    balance: z.object({ amount: z.int(), currency: z.string() }).optional(),
    accountExpiry: z.string().optional().describe('YYYYMMDD'),
    pins: z
      .array(z.object({ pin: z.string(), serial: z.string(), expiry: z.string().describe('YYYYMMDD') }))
      .optional(),
    receipt: z.array(z.string()).optional().describe('Lines, ready to print'),
  })
  .describe('What came of the request. It stands in the journal before it is told');

export const problem = z
  .object({
    error: z.enum([
      'bad-request',
      'unauthorised',
      'forbidden',
      'not-found',
      'key-reused',
      'in-progress',
      'too-many-requests',
      'unavailable',
      'unknown',
    ]),
    field: z.string().optional().describe('The member of the body, or the header, that is at fault'),
    detail: z.string(),
  })
  .describe('Why nothing was carried out');

export type Answer = z.output<typeof answer>;
export type Problem = z.output<typeof problem>;
