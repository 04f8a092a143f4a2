/** The configuration of a link, checked at start. Times in milliseconds, sizes in bytes. */
import { z } from 'zod';
import { LINK_LIMITS, type LinkLimits } from '../base/limits.js';
import { isPublicKey } from '../capture/sealed.js';
import { networkOf } from './admission.js';

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
  /** That header in messages that we begin, hexadecimal; for VAP with the BASE I header behind it. Zeros where left out. */
  headerHex: z
    .string()
    .regex(/^([0-9A-Fa-f]{2})*$/, 'hexadecimal bytes')
    .default(''),
  /** Whether an empty frame is a keep-alive, answered with one; else it is a framing error. */
  keepAlive: z.boolean().default(true),
});

const framingChecked = framingObject.refine(ownHeaderFits, {
  path: ['headerHex'],
  error:
    'must be as long as headerBytes; for vap a BASE I header follows, whose first byte is its own length',
});

function ownHeaderFits({ kind, headerBytes, headerHex }: FramingSpec): boolean {
  if (headerHex === '') return true;
  const header = Buffer.from(headerHex, 'hex');
  const variable = header.length - headerBytes;
  return kind === 'vap' ? variable > 0 && header[headerBytes] === variable : variable === 0;
}

/** A framing by name, or in full. `ascii6` is short for ASCII of six digits. */
export const framingSchema = z.preprocess(fromShortForm, framingChecked);
export type FramingSpec = z.output<typeof framingObject>;

function fromShortForm(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const digits = /^ascii([1-8])$/.exec(value)?.[1];
  return digits === undefined ? { kind: value } : { kind: 'ascii', digits: Number(digits) };
}

const pem = z.string().min(1).max(262_144);

/** PEM text, or the path of a file that holds it. */
export const tlsSchema = z
  .strictObject({
    cert: pem.optional(),
    key: pem.optional(),
    /** Who may sign the peer's certificate; connecting without it, the authorities that Node knows. */
    ca: pem.optional(),
    /** Certificates of `ca` that count no more (a CRL, PEM); a file is read again when it has changed. */
    crl: pem.optional(),
    /** Listening: the peer must show a certificate of `ca`. */
    mutual: z.boolean().default(false),
    /** Connecting: the name that the peer's certificate must bear, where it is not the host. */
    servername: z.string().optional(),
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    path: ['key'],
    error: 'cert and key go together',
  })
  .refine(({ mutual, ca }) => !mutual || ca !== undefined, {
    path: ['ca'],
    error: 'mutual needs the authority that signs the peers',
  })
  .refine(({ crl, ca }) => crl === undefined || ca !== undefined, {
    path: ['ca'],
    error: 'a list of revoked certificates needs their authority',
  });
export type TlsSpec = z.output<typeof tlsSchema>;

const limit = z.int().min(1).max(2_147_483_647).optional();
const limitsSchema = z.strictObject(
  Object.fromEntries(Object.keys(LINK_LIMITS).map((name) => [name, limit])) as Record<
    keyof LinkLimits,
    typeof limit
  >,
);

/** What passes on a link is written to files, for later. */
export const recordSchema = z
  .strictObject({
    /** Made where it is not there, for its owner alone. */
    folder: z.string().min(1).max(4_096),
    /** `masked`: nothing sensitive, the rest as it was; `encrypted`: everything, for the holder of a key. */
    contents: z.enum(['masked', 'encrypted']).default('masked'),
    /** The public half of a key that `prepaid-switch capture key` made. */
    for: z
      .string()
      .regex(/^[0-9A-Fa-f]{64}$/, '64 hexadecimal digits, in quotes')
      .refine((key) => isPublicKey(Buffer.from(key, 'hex')), 'not a key that capture key printed')
      .optional(),
    /** A file that is as long is ended, and another begun. */
    rotateBytes: z.int().min(65_536).max(4_294_967_296).default(67_108_864),
    /** Files of one link; the oldest is deleted for the next. */
    filesMax: z.int().min(1).max(10_000).default(16),
    /** With less room than this left on the disk, recording stops. */
    freeBytesMin: z.int().min(0).max(1_099_511_627_776).default(268_435_456),
  })
  .refine((record) => (record.contents === 'encrypted') === (record.for !== undefined), {
    path: ['for'],
    error: 'must be there where contents is encrypted, and nowhere else',
  });
export type RecordOptions = z.output<typeof recordSchema>;

const port = z.int().min(0).max(65_535);
const network = z
  .string()
  .refine((entry) => networkOf(entry) !== undefined, 'an IP address, or a network as 10.1.0.0/16');

/** Members of a link besides what it is used for; extended by those who use links. */
export const linkMembers = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters'),
  mode: z.enum(['listen', 'connect']),
  host: z.string().min(1).default('127.0.0.1'),
  port,
  framing: framingSchema,
  tls: tlsSchema.optional(),
  /** Addresses or networks (10.1.0.0/16) that may connect; all where it is left out. */
  allow: z.array(network).optional(),
  /**
   * Every connection comes through a proxy and begins with a PROXY header (version 1 or 2), which says whose it is: that
   * address is held against `allow` and the limits, logged and recorded.
   */
  proxyProtocol: z.boolean().optional(),
  /** Addresses or networks whose PROXY headers are believed; nobody else gets in. */
  proxies: z.array(network).min(1).optional(),
  /** We send an empty frame where nothing was heard for so many milliseconds; never where it is left out. */
  keepAliveMs: z.int().min(100).max(86_400_000).optional(),
  limits: limitsSchema.default({}),
};

interface ProxyMembers {
  readonly mode: 'listen' | 'connect';
  readonly proxyProtocol?: boolean | undefined;
  readonly proxies?: readonly string[] | undefined;
}

/** Else anybody could choose an address. */
export function proxiesAreNamed({ mode, proxyProtocol, proxies }: ProxyMembers): boolean {
  return proxyProtocol ? mode === 'listen' && proxies !== undefined : proxies === undefined;
}

export const PROXIES_UNNAMED = {
  path: ['proxies'],
  error: 'must be there where a listening link has proxyProtocol, and nowhere else',
};

export const linkSchema = z.strictObject(linkMembers).refine(proxiesAreNamed, PROXIES_UNNAMED);
export type LinkOptions = z.output<typeof linkSchema>;

export function linkLimits(options: Pick<LinkOptions, 'limits'>): LinkLimits {
  const given = Object.entries(options.limits).filter(([, value]) => value !== undefined);
  return { ...LINK_LIMITS, ...Object.fromEntries(given) };
}
