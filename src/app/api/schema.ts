/** The web API's part of the configuration. */
import { z } from 'zod';
import { tlsSchema } from '../../transport/index.js';

const sha256 = z
  .string()
  .regex(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, 'a SHA-256 digest: 64 hexadecimal digits')
  .transform((text) => text.replaceAll(':', '').toLowerCase());

export const API_LIMITS = {
  /** Bytes of a request's body. */
  bodyBytesMax: 16_384,
  connectionsMax: 2_000,
  /** Requests of one client under way; one more is answered 429. */
  inFlightPerClientMax: 256,
  /** A request's head and body must have come within this, milliseconds. */
  requestMs: 10_000,
  /** A connection without a request is closed after this, milliseconds. */
  idleMs: 60_000,
} as const;
export type ApiLimits = { readonly [Name in keyof typeof API_LIMITS]: number };

const limit = z.int().min(1).max(2_147_483_647).optional();

const client = z
  .strictObject({
    /** Stands as the acquirer in the journal. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters'),
    /** SHA-256 of the bearer token, as `prepaid-switch api token` prints it: the token itself is kept nowhere. */
    tokenSha256: sha256.optional(),
    /** SHA-256 fingerprint of the client's certificate (mutual TLS). */
    certificateSha256: sha256.optional(),
    merchant: z.string().min(1).max(40),
    /** The terminals that it may sell as; the first one where a request names none. */
    terminals: z.array(z.string().min(1).max(40)).min(1),
  })
  .refine(({ tokenSha256, certificateSha256 }) => tokenSha256 ?? certificateSha256, {
    path: ['tokenSha256'],
    error: 'a client needs tokenSha256 or certificateSha256',
  });

export const apiSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535),
    tls: tlsSchema.optional(),
    clients: z.array(client).min(1),
    limits: z
      .strictObject(
        Object.fromEntries(Object.keys(API_LIMITS).map((name) => [name, limit])) as Record<
          keyof ApiLimits,
          typeof limit
        >,
      )
      .default({}),
  })
  .refine(({ tls, clients }) => tls?.mutual || clients.every((one) => one.tokenSha256 !== undefined), {
    path: ['tls', 'mutual'],
    error: 'must be true where a client has certificateSha256 alone',
  });
export type ApiOptions = z.output<typeof apiSchema>;
export type ApiClient = ApiOptions['clients'][number];
