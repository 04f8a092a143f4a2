/** The configuration of a switch's link: a transport link, its dialect, and its session. Times in milliseconds. */
import { z } from 'zod';
import { ALGORITHMS, MAC_ALGORITHMS } from '../conduit/macAlgorithms.js';
import { PIN_KEY_BYTES } from '../conduit/pinEnvelope.js';
import {
  type FramingSpec,
  linkMembers,
  PROXIES_UNNAMED,
  proxiesAreNamed,
  recordSchema,
} from '../transport/index.js';

const wait = z.int().min(10).max(86_400_000);

const session = z.strictObject({
  /** We sign on as soon as the connection is there; refused or not answered, it is closed. */
  signOn: z.boolean().default(false),
  /** The peer has to sign on before it may ask for anything else. */
  peerSignsOn: z.boolean().default(false),
  /** We ask for an echo when nothing was heard for so long; never where it is left out. */
  echoMs: wait.optional(),
  /** Echoes in a row without an answer, after which the connection is closed. */
  echoMissesMax: z.int().min(1).max(100).default(2),
  /** How long an answer to a sign-on or an echo may take. */
  replyMs: wait.default(10_000),
});
const hex = z.string().regex(/^([0-9A-Fa-f]{2})+$/, 'hexadecimal bytes, in quotes');

const mac = z
  .strictObject({
    algorithm: z.enum(MAC_ALGORITHMS),
    /** Secret: better from the environment than from the file. */
    key: hex,
    /** Key-encrypting key, under which the peer may send a new one; without it none is taken. Secret. */
    kek: hex.optional(),
  })
  .refine(({ algorithm, key }) => ALGORITHMS[algorithm].keyBytes.includes(key.length / 2), {
    path: ['key'],
    error: 'not as many bytes as the algorithm takes',
  })
  .refine(({ algorithm, kek }) => !kek || ALGORITHMS[algorithm].kekBytes.includes(kek.length / 2), {
    path: ['kek'],
    error: 'not as many bytes as the algorithm takes',
  });
export type MacOptions = z.output<typeof mac>;

const pinEncryption = z.strictObject({
  /** Of which each terminal's key is made (conduit/pinEnvelope.ts). Secret: better from the environment than from the file. */
  key: hex.refine((key) => PIN_KEY_BYTES.includes(key.length / 2), 'must be 16 or 32 bytes'),
});
export type PinOptions = z.output<typeof pinEncryption>;

export type SessionOptions = z.output<typeof session>;

export const switchLink = z
  .strictObject({
    ...linkMembers,
    format: z.string(),
    profile: z.string(),
    /** DE32 of requests that do not bring their own. */
    acquirer: z.string().regex(/^\d{1,11}$/, 'one to eleven digits, in quotes'),
    /** `host`: an acquirer's, which may close the business day and ask for the totals of all its terminals. */
    peer: z.enum(['terminals', 'host']).default('terminals'),
    /** None where it is left out: we answer the peer's sign-on and echo, and begin none. */
    session: session.optional(),
    /**
     * What the peer's certificate has to agree with in each message: its CN with the terminal (DE41), its O with the merchant
     * (DE42). Needs `tls` with `mutual`.
     */
    bound: z.array(z.enum(['terminal', 'merchant'])).default([]),
    /** Every message bears a MAC in DE64 or DE128; without a right one it is refused. None where it is left out. */
    mac: mac.optional(),
    /** Where the profile has `answer.pinEncryption`, and only there: PINs go out under a key of their terminal. */
    pinEncryption: pinEncryption.optional(),
    /** What passes is kept in files; not, where it is left out. */
    record: recordSchema.optional(),
  })
  .refine(({ keepAliveMs, framing }) => keepAliveMs === undefined || hasEmptyFrames(framing), {
    path: ['keepAliveMs'],
    error: 'the framing has no keep-alives',
  })
  .refine(({ bound, tls, mode }) => bound.length === 0 || (mode === 'listen' && tls?.mutual === true), {
    path: ['bound'],
    error: 'needs a listening link with tls and mutual',
  })
  .refine(({ mac, pinEncryption }) => !pinEncryption || !isOneOf(pinEncryption.key, mac?.key, mac?.kek), {
    path: ['pinEncryption', 'key'],
    error: 'must be another key than those of mac',
  })
  .refine(proxiesAreNamed, PROXIES_UNNAMED);

function isOneOf(key: string, ...others: (string | undefined)[]): boolean {
  return others.some((other) => other?.toUpperCase() === key.toUpperCase());
}

function hasEmptyFrames({ kind, keepAlive }: FramingSpec): boolean {
  return kind !== 'none' && keepAlive;
}
