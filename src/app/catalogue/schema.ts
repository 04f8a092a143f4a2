/** What a catalogue document holds: products, merchants, terminals. Unknown members are refused. Amounts are minor units. */
import { z } from 'zod';

const currency = z.string().regex(/^\d{3}$/, 'ISO 4217 numeric, three digits, in quotes');
const minorUnits = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const code = z.string().min(1).max(40);

const productBase = {
  code,
  name: z.string().min(1).max(60),
  currency,
  /** Suppliers by name, in order of preference; `stock` is our own stock, and comes first wherever it is named. */
  route: z.array(code).min(1),
  receipt: z.array(z.string().max(200)).max(20).default([]),
};

const product = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pin'), ...productBase, price: minorUnits }),
  z.strictObject({
    kind: z.literal('credit'),
    ...productBase,
    amountMin: minorUnits,
    amountMax: minorUnits,
    amountStep: minorUnits.min(1),
    accountPrefixes: z.array(z.string().regex(/^\d*$/, 'digits')).min(1),
    accountLengthMin: z.number().int().min(1).max(28).default(6),
    accountLengthMax: z.number().int().min(1).max(28).default(28),
  }),
]);

export const catalogueSchema = z.strictObject({
  products: z.array(product).default([]),
  merchants: z
    .array(z.strictObject({ id: code, name: z.string(), enabled: z.boolean().default(true) }))
    .default([]),
  terminals: z
    .array(z.strictObject({ id: code, merchant: code, enabled: z.boolean().default(true) }))
    .default([]),
});

export type CatalogueDocument = z.infer<typeof catalogueSchema>;
