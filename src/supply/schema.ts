/**
 * Configuration of a supplier, checked at start. Times in milliseconds, sizes in bytes. `token` is a secret:
 * set it through the environment, as any value of the configuration can be; it is never logged.
 */
import { z } from 'zod';
import { REASONS } from '../domain/reason.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters');
const ms = (fallback: number) => z.int().min(1).max(86_400_000).default(fallback);
const count = (fallback: number, max: number) => z.int().min(1).max(max).default(fallback);
const meaning = z.enum([...REASONS, 'unavailable']);

const pem = z.string().min(1).max(65_536);
const tls = z.strictObject({ ca: pem.optional(), cert: pem.optional(), key: pem.optional() });

export const httpSupplierSchema = z.strictObject({
  kind: z.literal('http'),
  name,
  /** Origin, with the path under which /v1 lies, where there is one. */
  url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{1,1024}$/, 'printable ASCII without spaces, at most 1024 characters')
    .optional(),
  tls: tls.optional(),
  /** `inquiry` for a supplier that cannot undo. */
  doubt: z.enum(['reversal', 'inquiry']).default('reversal'),
  /** The supplier's word for a refusal -> ours, or `unavailable`; laid over the default table. */
  reasons: z.record(z.string(), meaning).default({}),
  connectMs: ms(2_000),
  /** How long an unused connection is kept. */
  idleMs: ms(30_000),
  /** First wait before asking after an order that is still being processed; doubles up to eight times this. */
  pollMs: ms(250),
  /** Wait before the same order is sent again. */
  repeatMs: ms(100),
  /** How long after its receipt an order may still be performed: the supplier gets it as `validUntil`. */
  orderLifeMs: ms(60_000),
  /** How far the supplier's clock may be off ours. */
  clockSkewMs: ms(10_000),
  restMs: ms(2_000),
  connectionsMax: count(32, 1_024),
  /** Requests under way or waiting for a connection. */
  inFlightMax: count(2_000, 100_000),
  answerBytesMax: count(65_536, 16_777_216),
  /** How often one order is sent again inside one sale. */
  repeatsMax: z.int().min(0).max(10).default(1),
  faultsMax: count(5, 1_000),
});

export const supplierSchema = z.discriminatedUnion('kind', [httpSupplierSchema]);

export type SupplierConfig = z.output<typeof supplierSchema>;
export type HttpSupplierConfig = z.output<typeof httpSupplierSchema>;
