/** The configuration of a link, checked at start. Times in milliseconds, sizes in bytes. */
import { z } from 'zod';
import { LINK_LIMITS, type LinkLimits } from '../base/limits.js';

export const FRAMINGS = [
  'length2',
  'length2-inclusive',
  'length2-le',
  'bcd2',
  'ascii',
  'hex4',
  'cs',
  'vap',
  'gicc',
  'base24-etx',
  'none',
] as const;
export type FramingKind = (typeof FRAMINGS)[number];

const framingObject = z.strictObject({
  kind: z.enum(FRAMINGS),
  /** Digits of an ASCII length. */
  digits: z.int().min(1).max(8).default(4),
  /** TPDU of 5 bytes inside the length; `swap` answers with destination and source exchanged. */
  tpdu: z.enum(['none', 'swap', 'keep']).default('none'),
  /** The TPDU of messages that we begin, ten hexadecimal digits. */
  tpduHex: z
    .string()
    .regex(/^[0-9A-Fa-f]{10}$/, 'ten hexadecimal digits')
    .default('6000000000'),
  /** Bytes of a fixed header behind the TPDU, such as ISO123456789 or the 6 bytes of Chinese terminals; given back as received. */
  headerBytes: z.int().min(0).max(255).default(0),
  /** That header in messages that we begin, hexadecimal. */
  headerHex: z
    .string()
    .regex(/^([0-9A-Fa-f]{2})*$/, 'hexadecimal bytes')
    .default(''),
  /** Whether an empty frame is a keep-alive, answered with one; else it is a framing error. */
  keepAlive: z.boolean().default(true),
});

/** A framing by name, or in full. */
export const framingSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { kind: value } : value),
  framingObject,
);
export type FramingSpec = z.output<typeof framingObject>;

const pem = z.string().min(1).max(262_144);

/** PEM text, or the path of a file that holds it. */
export const tlsSchema = z.strictObject({
  cert: pem.optional(),
  key: pem.optional(),
  ca: pem.optional(),
  /** Listening: the peer must show a certificate of `ca`. */
  mutual: z.boolean().default(false),
  /** Connecting: the name that the peer's certificate must bear, where it is not the host. */
  servername: z.string().optional(),
});
export type TlsSpec = z.output<typeof tlsSchema>;

const limit = z.int().min(1).max(2_147_483_647).optional();
const limitsSchema = z.strictObject(
  Object.fromEntries(Object.keys(LINK_LIMITS).map((name) => [name, limit])) as Record<
    keyof LinkLimits,
    typeof limit
  >,
);

const port = z.int().min(0).max(65_535);

/** Members of a link besides what it is used for; extended by those who use links. */
export const linkMembers = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters'),
  mode: z.enum(['listen', 'connect']),
  host: z.string().min(1).default('127.0.0.1'),
  port,
  framing: framingSchema,
  tls: tlsSchema.optional(),
  /** Addresses or networks (10.1.0.0/16) that may connect; all where it is left out. */
  allow: z.array(z.string().min(2)).optional(),
  limits: limitsSchema.default({}),
};

export const linkSchema = z.strictObject(linkMembers);
export type LinkOptions = z.output<typeof linkSchema>;

export function linkLimits(options: Pick<LinkOptions, 'limits'>): LinkLimits {
  const given = Object.entries(options.limits).filter(([, value]) => value !== undefined);
  return { ...LINK_LIMITS, ...Object.fromEntries(given) };
}
