/**
 * Configuration of a vendor that PINs are ordered from, checked at start. Times in milliseconds, sizes in bytes.
 * `token` is a secret: set it through the environment, as any value of the configuration can be; it is never logged.
 */
import { z } from 'zod';
import { tlsSchema } from '../../transport/schema.js';

const ms = (fallback: number) => z.int().min(1).max(604_800_000).default(fallback);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters');
const code = z.string().min(1).max(40);
const pins = z.int().min(1).max(1_000_000);

const vendorProduct = z
  .strictObject({
    /** As the catalogue has it. */
    code,
    /** As the vendor calls it, in orders and in its batches; the catalogue's where it is left out. */
    vendorCode: code.optional(),
    /** Bounds of one order, and what it must be a multiple of. */
    minQuantity: pins.default(1),
    maxQuantity: pins.default(100_000),
    lot: pins.default(1),
    /** From an order to its PINs, and how much that differs, until it has been measured; else the policy's. */
    leadMs: z.int().min(0).max(31_536_000_000).optional(),
    leadSpreadMs: z.int().min(0).max(31_536_000_000).optional(),
  })
  .refine(({ minQuantity, maxQuantity, lot }) => Math.ceil(minQuantity / lot) * lot <= maxQuantity, {
    path: ['maxQuantity'],
    error: 'must leave room for one lot of at least minQuantity',
  });

export const vendorSchema = z.strictObject({
  name,
  /** Whose PINs it sells, as `stock intake --supplier` has it; its own name where it is left out. */
  supplier: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,40}$/, 'letters, digits, dots, _ and -, 40 at most')
    .optional(),
  /** Origin, with the path under which /orders lies, where there is one. */
  url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{1,1024}$/, 'printable ASCII without spaces, at most 1024 characters')
    .optional(),
  tls: tlsSchema.optional(),
  products: z.array(vendorProduct).min(1).max(10_000),
  connectMs: ms(2_000),
  /** How long an unused connection is kept. */
  idleMs: ms(30_000),
  /** For the answer to an order, or to a question after one. */
  answerMs: ms(10_000),
  /** For a whole batch. */
  batchMs: ms(120_000),
  answerBytesMax: z.int().min(1_024).max(16_777_216).default(1_048_576),
  batchBytesMax: z.int().min(1_024).max(268_435_456).default(16_777_216),
  /** First wait between two questions after an order; doubles up to the last while nothing comes of them. */
  pollMs: ms(5_000),
  pollMaxMs: ms(60_000),
  /** First wait after a vendor could not be reached; doubles up to the last. */
  awayMs: ms(1_000),
  awayMaxMs: ms(300_000),
  /** After a product was refused, it is not ordered from this vendor for so long. */
  refusedRestMs: ms(3_600_000),
});

export type VendorConfig = z.output<typeof vendorSchema>;
export type VendorProduct = VendorConfig['products'][number];
