/** What the web API takes and gives, as schemas: they check a body, and the OpenAPI document is made of them. */
import { z } from 'zod';
import { QUANTITY_MAX } from '../../conduit/tlv.js';
import { BATCH_ITEMS_MAX } from '../../domain/batch.js';
import { CARD_NUMBER } from '../../domain/card.js';
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

const quantity = z.int().min(1).max(QUANTITY_MAX).default(1);
const provider = code(40)
  .optional()
  .describe("Provider code; where the account's number tells it, that counts");
const reference = code(40)
  .optional()
  .describe('An account by the accountReference that its earlier credit was answered with');

export const pinSale = z
  .strictObject({
    terminal,
    product: product.optional().describe('Product code; or else a provider, and an amount'),
    provider: code(40).optional().describe('Provider code, where no product is named'),
    quantity,
    amount,
    currency,
    region,
  })
  .refine((one) => one.product !== undefined || one.provider !== undefined, {
    path: ['product'],
    error: 'a product, or a provider, is needed',
  })
  .describe('A PIN (or several of one product) from stock, or from its supplier at this moment');

export const accountCredit = z
  .strictObject({
    terminal,
    product: product.optional(),
    provider,
    account: account.optional(),
    reference,
    amount: amount.describe('In minor units of the currency; as last time where left out'),
    currency,
    region,
  })
  .refine((one) => one.account !== undefined || one.reference !== undefined, {
    path: ['account'],
    error: 'an account, or a reference to one, is needed',
  })
  .describe(
    "Value into a customer's account, at once; or a PIN in its place where the provider takes no credits. What is left out is as it was last time",
  );

export const batch = z
  .strictObject({
    terminal,
    items: z
      .array(
        z.strictObject({
          product: product.optional(),
          provider,
          account: account.optional().describe('The account to credit; left out for a PIN'),
          quantity,
          amount,
          region,
        }),
      )
      .min(1)
      .max(BATCH_ITEMS_MAX)
      .describe('Numbered from 1 in their order'),
    amount: amount.describe('Of all items together, in minor units; held against their sum'),
    currency,
  })
  .describe('Several PINs and credits; each item has a result of its own');

export const accountInquiry = z
  .strictObject({
    terminal,
    product: product.optional(),
    provider,
    account: account.optional(),
    reference,
    region,
  })
  .refine((one) => one.account !== undefined || one.reference !== undefined, {
    path: ['account'],
    error: 'an account, or a reference to one, is needed',
  })
  .describe('Balance and expiry of an account; changes nothing');

const cardMembers = {
  terminal,
  card: z.string().regex(CARD_NUMBER, '4 to 40 letters and digits').describe("The card's number"),
  amount: amount.describe("In minor units, held against the card's; left out, it is the card's"),
  currency,
};

export const cardMove = z.strictObject(cardMembers).describe('One step of a value card');

export const cardRedemption = z
  .strictObject({ ...cardMembers, account, region })
  .describe('The value of an active card into an account, once; told again to who asks again');

export const reversal = z
  .strictObject({
    terminal,
    transaction: code(64).describe('The Idempotency-Key of the transaction to undo'),
    items: z
      .array(z.int().min(1).max(BATCH_ITEMS_MAX))
      .min(1)
      .max(BATCH_ITEMS_MAX)
      .refine((numbers) => new Set(numbers).size === numbers.length, 'each number once')
      .optional()
      .describe('Of a batch, these items alone'),
    amount,
  })
  .describe('Undoes a transaction; answered the same however often it is asked for');

const toldOf = {
  transaction: z.int().optional().describe("The journal's number"),
  result: z.enum(['approved', 'partial', 'declined']),
  reason: z.enum(REASONS),
  supplierReason: z.string().optional().describe("The supplier's own word for a refusal"),
  approvalCode: z.string().optional(),
  amount: z.int().optional().describe('What it cost, in minor units'),
  balance: z.object({ amount: z.int(), currency: z.string() }).optional(),
  accountExpiry: z.string().optional().describe('YYYYMMDD'),
  accountReference: z
    .string()
    .optional()
    .describe('By which this merchant may credit the account again without entering it'),
  pins: z
    .array(z.object({ pin: z.string(), serial: z.string(), expiry: z.string().describe('YYYYMMDD') }))
    .optional(),
  receipt: z.array(z.string()).optional().describe('Lines, ready to print'),
};

export const answer = z
  .object({
    ...toldOf,
    items: z
      .array(z.object({ item: z.int(), ...toldOf }))
      .optional()
      .describe('Of a batch: what came of each item'),
  })
  .describe('What came of the request. It stands in the journal before it is told');

/** Of a listing. */
const page = text(40).default('').describe('As the answer before said; left out for the first one');
export const listProviders = z
  .strictObject({ terminal, page })
  .describe('Providers that have something for sale');
const ofProvider = { terminal, provider: code(40).describe('Provider code'), page };
export const listProducts = z.strictObject(ofProvider).describe("A provider's products, with their values");
export const listRegions = z
  .strictObject({ ...ofProvider, product: product.optional() })
  .describe("A provider's regions, or those in which one of its products is sold");
export const listRates = z
  .strictObject({ ...ofProvider, product: product.optional() })
  .describe("A provider's rate information, after that of a product");

/** Items of one answer. */
export const LISTED_MAX = 100;

const listingItem = z.object({
  provider: z.string().optional(),
  product: z.string().optional(),
  region: z.string().optional(),
  rate: z.string().optional().describe('A line of rate information for customers'),
  name: z.string().optional(),
  amount: amount.describe('Of a fixed value, in minor units'),
  amountMin: amount,
  amountMax: amount,
  amountStep: amount,
  currency: z.string().optional(),
  unit: z.string().optional().describe('`minutes`, where it is not money'),
  value: z.int().optional().describe('How much of the unit the customer gets'),
});
export type ListingItem = z.output<typeof listingItem>;

export const listing = z
  .object({
    items: z.array(listingItem).max(LISTED_MAX),
    next: z.string().optional().describe('The page to ask for next; left out at the end'),
  })
  .describe('What there is, as the catalogue has it in order');
export type Listing = z.output<typeof listing>;

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
