/**
 * What a switch and its hub say to each other: JSON over HTTP, transfers as binary parcels (parcel.ts). The switch
 * always calls; a bearer token (or a certificate) says which switch it is. Both sides check what they are sent.
 *
 *   POST /v1/enrol                a one-time code, once
 *   POST /v1/contact              everything that the switch has to tell, in order, by cursor; answered at once
 *   POST /v1/poll                 held until there is something for the switch, or `waitMs` have passed
 *   GET  /v1/transfers?after=N    parcels after that number, application/octet-stream
 *   POST /v1/ask                  PINs or money wanted inside a sale: answered when they are on their way, or in time
 *   GET  /v1/catalogue/REVISION   its digest and its portions' digests
 *   GET  /v1/portions/DIGEST      one portion
 *   POST /v1/restate              all that the switch holds, in portions: for a hub whose books are older
 *
 * `x-switch: NAME EPOCH` says who calls, besides: a switch that was enrolled anew elsewhere has a token that the hub
 * does not know any more, and is told to stop by its name.
 *
 * A refusal is a status of 4xx with a Refusal as its body. Times are milliseconds since the epoch.
 */
import { z } from 'zod';
import { PIN_CHANGES } from '../../store/memberVerbs.js';

export const WIRE_LIMITS = {
  /** Changes and sales in one contact. Never less in a later version: a contact made again must not tell less. */
  changesMax: 5_000,
  salesMax: 1_000,
  /** Merchants' money in one contact. */
  leasesMax: 5_000,
  /** PINs in one transfer, and in the parcels of one answer. */
  transferPinsMax: 5_000,
  answerPinsMax: 20_000,
  /** PINs in one portion of a restatement. */
  restatePinsMax: 2_000,
  /** Bytes of a request's body, and of an answer that is not binary. */
  bodyBytesMax: 8_388_608,
  /** How far a switch's clock may be from the hub's, milliseconds. */
  clockOffMax: 300_000,
} as const;

const count = z.int().min(0);
const id = z.int().min(0);
const amount = z.int();
const digest = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const link = z.string().regex(/^[0-9a-f]{32}$/, '32 hexadecimal digits');
const key = z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes, base64url');
const product = z.string().min(1).max(40);
const mark = z.string().min(1).max(64);
const custody = z.enum(PIN_CHANGES);
const currency = z.string().regex(/^\d{3}$/, 'three digits');
const merchant = z.string().min(1).max(40);
const lease = z.strictObject({ merchant, currency, amount });

export const enrolRequest = z.strictObject({
  code: z.string().min(8).max(64),
  publicKey: key,
  tokenSha256: digest,
});
export const enrolAnswer = z.strictObject({
  network: link,
  name: z.string(),
  epoch: z.int().min(1),
  hubKey: key,
});

export const contactRequest = z.strictObject({
  epoch: z.int().min(1),
  contact: id,
  link: z.union([link, z.literal('')]),
  nextLink: link,
  /** The switch's clock. */
  now: z.int(),
  transfer: id,
  recall: id,
  after: id,
  change: id,
  changes: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('pin'), id, mark, custody }),
        lease.extend({ kind: z.literal('lease'), id }),
      ]),
    )
    .max(WIRE_LIMITS.changesMax),
  afterJournal: id,
  journal: id,
  afterSettling: id,
  settling: id,
  sales: z
    .array(
      z.strictObject({
        kind: z.enum(['sold', 'undone', 'missed']),
        transaction: id,
        service: z.string().max(40),
        product: z.string().max(40),
        merchant: z.string().max(40),
        terminal: z.string().max(40),
        stan: z.string().max(12),
        rrn: z.string().max(24),
        quantity: count,
        amount,
        currency: z.string().max(3),
        at: z.int(),
      }),
    )
    .max(WIRE_LIMITS.salesMax),
  /** What merchants have left here, where it is not what was told last. */
  leases: z.array(lease).max(WIRE_LIMITS.leasesMax),
  statement: z
    .strictObject({
      change: id,
      transfer: id,
      lines: z.array(z.strictObject({ product, custody, count, sum: count })),
    })
    .optional(),
});
export const contactAnswer = z.strictObject({ change: id, journal: id, settling: id });

export const pollRequest = z.strictObject({
  epoch: z.int().min(1),
  /** What the switch knows of, done or not: answered at once where there is anything else. */
  transfer: id,
  recall: id,
  revision: id,
  /** Answered at once where the hub has asked for a statement since that moment. */
  statedAt: z.int(),
  /** How long it may be held, milliseconds; 0: answered at once. The hub may answer sooner. */
  waitMs: count,
});
export const pollAnswer = z.strictObject({
  /** The last transfer that was made for it. */
  transfer: id,
  recalls: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('pins'),
        number: id,
        product,
        count,
        first: z.enum(['soonest', 'latest']),
      }),
      lease.extend({ kind: z.literal('lease'), number: id }),
    ]),
  ),
  /** Of the hub's catalogue; 0 for none. */
  revision: id,
  /** Since when the hub wants a statement; 0: never. */
  statementWanted: z.int(),
  /** The hub's books are old: the switch is to tell all that it holds. */
  restate: z.boolean(),
});

export const askRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pins'),
    epoch: z.int().min(1),
    ask: link,
    /** The last transfer that the switch has: the answer holds those after it. */
    transfer: id,
    product,
    count: z.int().min(1),
    /** How long the hub may take, milliseconds. */
    withinMs: count,
  }),
  lease.extend({
    kind: z.literal('lease'),
    epoch: z.int().min(1),
    amount: z.int().min(1),
    ask: link,
    transfer: id,
    withinMs: count,
  }),
]);
/** The parcels after the transfer that the switch had, base64, so that none has to be fetched; empty: nothing in time. */
export const askAnswer = z.strictObject({ parcels: z.array(z.base64()) });

export const catalogueAnswer = z.strictObject({
  revision: id,
  digest,
  portions: z.array(digest),
});

export const restateRequest = z.strictObject({
  epoch: z.int().min(1),
  pins: z
    .array(
      z.strictObject({
        mark,
        product,
        supplier: z.string().max(40),
        serial: z.string().max(64),
        expiry: z.string().regex(/^\d{8}$/, 'YYYYMMDD'),
        custody,
      }),
    )
    .max(WIRE_LIMITS.restatePinsMax),
  /** What was leased and not given back, spent or not, as of that transfer and that change. */
  money: z
    .strictObject({ transfer: id, through: id, leases: z.array(lease).max(WIRE_LIMITS.leasesMax) })
    .optional(),
  end: z
    .strictObject({
      contact: id,
      link: z.union([link, z.literal('')]),
      transfer: id,
      recall: id,
      change: id,
      through: id,
    })
    .optional(),
});

/** Why a call was refused. `fatal`: the switch must stop selling and be enrolled anew. */
export const refusal = z.strictObject({
  error: z.string(),
  detail: z.string(),
  fatal: z.boolean(),
});

export type EnrolRequest = z.output<typeof enrolRequest>;
export type EnrolAnswer = z.output<typeof enrolAnswer>;
export type ContactRequest = z.output<typeof contactRequest>;
export type ContactAnswer = z.output<typeof contactAnswer>;
export type PollRequest = z.output<typeof pollRequest>;
export type PollAnswer = z.output<typeof pollAnswer>;
export type AskRequest = z.output<typeof askRequest>;
export type AskAnswer = z.output<typeof askAnswer>;
export type CatalogueAnswer = z.output<typeof catalogueAnswer>;
export type RestateRequest = z.output<typeof restateRequest>;
export type Refusal = z.output<typeof refusal>;
