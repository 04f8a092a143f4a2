/**
 * Configuration of a supplier, checked at start. Times in milliseconds, sizes in bytes. `token` is a secret:
 * set it through the environment, as any value of the configuration can be; it is never logged.
 */
import { z } from 'zod';
import { REASONS } from '../domain/reason.js';
import { linkMembers, recordSchema } from '../transport/index.js';
import { DEFAULT_UNDONE_CODES } from './iso8583-codes.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters');
const ms = (fallback: number) => z.int().min(1).max(86_400_000).default(fallback);
const count = (fallback: number, max: number) => z.int().min(1).max(max).default(fallback);
const meaning = z.enum([...REASONS, 'unavailable']);

export const httpSupplierSchema = z.strictObject({
  kind: z.literal('http'),
  name,
  /** Origin, with the path under which /v1 lies, where there is one. */
  url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{1,1024}$/, 'printable ASCII without spaces, at most 1024 characters')
    .optional(),
  tls: linkMembers.tls,
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
  /** An answer that took longer counts as a fault. */
  slowMs: ms(10_000),
  /** How long it is not asked after faultsMax faults in a row; then one order at a time probes. */
  restMs: ms(2_000),
  connectionsMax: count(32, 1_024),
  /** Requests under way or waiting for a connection. */
  inFlightMax: count(2_000, 100_000),
  answerBytesMax: count(65_536, 16_777_216),
  /** How often one order is sent again inside one sale. */
  repeatsMax: z.int().min(0).max(10).default(1),
  faultsMax: count(5, 1_000),
});

const { host, port, framing, tls, limits } = linkMembers;
const code = z.string().regex(/^[0-9A-Z]{2,4}$/, 'a response code');

export const iso8583SupplierSchema = z.strictObject({
  kind: z.literal('iso8583'),
  name,
  /** The host's address; this side connects. */
  link: z.strictObject({ host, port, framing, tls, limits, record: recordSchema.optional() }),
  /** A format by name, or its file. */
  format: z.string().min(1),
  /** DE32. */
  acquirer: z.string().regex(/^[0-9]{1,11}$/, '1 to 11 digits'),
  /** DE41 and DE42 at the host; the order's own where they are left out. */
  terminal: z.string().min(1).max(16).optional(),
  merchant: z.string().min(1).max(15).optional(),
  /** The zone of DE12 and DE13, minutes east of UTC. */
  utcOffsetMinutes: z.int().min(-720).max(840).default(0),
  doubt: z.enum(['reversal', 'inquiry']).default('reversal'),
  /** DE39 -> what it means here; laid over the default table. */
  codes: z.record(code, z.enum([...REASONS, 'unavailable', 'unknown'])).default({}),
  /** DE39 that answer a reversal with "undone". */
  undoneCodes: z
    .array(code)
    .min(1)
    .default([...DEFAULT_UNDONE_CODES]),
  /** Whether the host must accept an 0800 sign-on before anything is sent. */
  signOn: z.boolean().default(true),
  /** False for a host that leaves DE41 out of its answers. */
  matchTerminal: z.boolean().default(true),
  /** Nothing heard for this long: an echo is sent. */
  echoMs: ms(30_000),
  echoMissesMax: count(2, 100),
  signOnRetryMs: ms(5_000),
  /** The longest wait for one answer; a sale's own budget may be shorter. */
  replyMs: ms(15_000),
  pollMs: ms(500),
  /** As for HTTP. */
  slowMs: ms(10_000),
  restMs: ms(2_000),
  faultsMax: count(5, 1_000),
  inFlightMax: count(2_000, 100_000),
});

export const supplierSchema = z.discriminatedUnion('kind', [httpSupplierSchema, iso8583SupplierSchema]);

export type Iso8583SupplierConfig = z.output<typeof iso8583SupplierSchema>;

export type SupplierConfig = z.output<typeof supplierSchema>;
export type HttpSupplierConfig = z.output<typeof httpSupplierSchema>;
