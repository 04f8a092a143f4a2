/**
 * What a catalogue document holds, as it is written, exported and stored. Unknown members are refused. Amounts are
 * whole minor units. Names that point from one part to another are checked by references.ts.
 */
import { z } from 'zod';
import { ROUNDINGS } from '../../domain/commission.js';
import { TERMINAL_SERVICES } from '../../domain/merchant.js';
import { AMOUNT_MAX } from '../../domain/product.js';
import { PROMOTION_PERIODS } from '../../domain/promotion.js';

const currency = z.string().regex(/^\d{3}$/, 'ISO 4217 numeric, three digits, in quotes');
const minorUnits = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Of one purchase, as DE4 can say it. */
const amount = z.number().int().min(0).max(AMOUNT_MAX);
/** What answers tell has to be in the character set of their fields: else a sale could not be answered. */
const LATIN = 'Latin letters, digits and marks';
const name = z
  .string()
  .max(60)
  .regex(/^[\x20-\x7e\xa0-\xff]+$/, LATIN);
const line = z
  .string()
  .max(200)
  .regex(/^[\x20-\x7e\xa0-\xff]*$/, LATIN);
/** Codes and texts go over the wire in fields of 999 characters, so neither may be without end. */
const code = z
  .string()
  .max(40)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces');
const digits = z.string().regex(/^\d{0,28}$/, 'up to 28 digits, in quotes');
const accountLength = z.number().int().min(1).max(28);
const rates = z.array(line.min(1)).max(100).default([]);
const receiptLines = z.array(line).max(20);

const range = z.strictObject({
  prefix: digits.optional(),
  from: digits.min(1).optional(),
  to: digits.min(1).optional(),
  lengthMin: accountLength.default(6),
  lengthMax: accountLength.default(28),
  product: code.optional(),
});

const provider = z.strictObject({
  code,
  name,
  enabled: z.boolean().default(true),
  direct: z.boolean().default(true),
  regions: z.array(z.strictObject({ code, name })).max(1_000).default([]),
  rates,
  ranges: z.array(range).default([]),
});

const routeStep = z.union([
  code,
  z.strictObject({ supplier: code, weight: z.number().int().min(1).max(1_000_000) }),
]);

const productBase = {
  code,
  name,
  provider: code,
  enabled: z.boolean().default(true),
  currency,
  unit: z.enum(['money', 'minutes']).default('money'),
  /** How much the customer gets, in minor units or minutes, where it does not follow from the amount. */
  value: minorUnits.optional(),
  /** Fixed value; else open, from amountMin to amountMax by amountStep. */
  price: amount.optional(),
  amountMin: amount.optional(),
  amountMax: amount.optional(),
  amountStep: amount.min(1).optional(),
  regions: z.array(code).default([]),
  regionRequired: z.boolean().default(false),
  rates,
  /** Suppliers by name, in order of preference, or all with a weight; `stock` is our own stock, and comes first;
   *  `ledger` stands alone: accounts managed here. */
  route: z.array(routeStep).min(1).max(100),
  /** Lines, or the name of a template. */
  receipt: z.union([code, receiptLines]).default([]),
};

const product = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pin'),
    ...productBase,
    /** Made by a supplier for the account that is credited in this way, which it is told (electricity tokens). */
    forAccount: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('credit'),
    ...productBase,
    accountLengthMin: accountLength.default(6),
    accountLengthMax: accountLength.default(28),
  }),
  z.strictObject({
    kind: z.literal('card'),
    ...productBase,
    /** None of its own: its value goes by the route of the product that it credits. */
    route: z.array(routeStep).max(0, 'must be left out: the credit product has one').default([]),
    credit: code,
    /** Cards without a printed PIN get one of this product's at activation. */
    pin: z.union([code, z.literal('')]).default(''),
  }),
]);

const limit = z.strictObject({ count: z.number().int().min(0).optional(), amount: minorUnits.optional() });
const seller = {
  id: code,
  enabled: z.boolean().default(true),
  /** What may be sold in one hour, in one day: transactions, and minor units of each currency. */
  limits: z.strictObject({ hour: limit.optional(), day: limit.optional() }).optional(),
  /** What may be asked for; where it is left out, everything. */
  services: z.array(z.enum(TERMINAL_SERVICES)).optional(),
};

const merchant = z.strictObject({
  ...seller,
  name: z.string(),
  group: z.union([code, z.literal('')]).default(''),
  /** What it sells on; where it is left out, that is not reckoned here. */
  account: z
    .strictObject({ mode: z.enum(['prepaid', 'credit']), limit: minorUnits.default(0), currency })
    .optional(),
});
const terminal = z.strictObject({ ...seller, merchant: code });

const commission = z.strictObject({
  merchant: code.optional(),
  group: code.optional(),
  product: code.optional(),
  basisPoints: z.number().int().min(0).max(10_000).default(0),
  fixed: z.number().int().min(0).max(1_000_000_000).default(0),
  rounding: z.enum(ROUNDINGS).default('down'),
});

const promotion = z.strictObject({
  code,
  /** Credit products that count together. */
  products: z.array(code).min(1),
  /** Every so many purchases of one account, or every so many minor units bought: one of the two. */
  count: z.number().int().min(1).optional(),
  total: minorUnits.min(1).optional(),
  period: z.enum(PROMOTION_PERIODS).default('ever'),
  /** Minor units added to the account, where it is managed here. */
  add: minorUnits.default(0),
  /** Printed below the product's own receipt. */
  line: line.min(1).optional(),
});

export const catalogueSchema = z.strictObject({
  providers: z.array(provider).default([]),
  /** Accounts that no number range tells: by provider, all in one text, parted by white space. */
  accounts: z.record(code, z.string().regex(/^[\d\s]*$/, 'digits, parted by white space')).default({}),
  products: z.array(product).default([]),
  receipts: z.record(code, receiptLines).default({}),
  merchants: z.array(merchant).default([]),
  terminals: z.array(terminal).default([]),
  /** What merchants earn; the most particular one counts. */
  commissions: z.array(commission).default([]),
  promotions: z.array(promotion).default([]),
});

export type CatalogueDocument = z.infer<typeof catalogueSchema>;
export type ProviderDocument = z.infer<typeof provider>;
export type PromotionDocument = z.infer<typeof promotion>;
export type ProductDocument = z.infer<typeof product>;
