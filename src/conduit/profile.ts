/**
 * A profile says what the fields of a link's messages mean: where each fact stands, which MTI and processing
 * code is which service, how the answer is laid out, and which reason is which DE39. It is data
 * (specs/profiles/*.json), checked whole at start; a bad one stops the start with its path.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SafeError } from '../base/errors.js';
import { packageRoot } from '../base/root.js';
import { checked, faultLine } from '../base/schema.js';
import { CARD_ACTIVATIONS } from '../domain/card.js';
import { REASONS } from '../domain/reason.js';
import { CARD_SERVICES } from '../domain/request.js';
import { PIN_CODINGS } from './pinEnvelope.js';

const path = z
  .string()
  .regex(/^\d{1,3}(\.\w+)*(@\d{1,3}-\d{1,3})?$/, 'a field path such as "41", "48.PR" or "12@1-6"');
const paths = z
  .union([path, z.array(path).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const fieldNumber = z.number().int().min(2).max(192);
const mti = z.string().regex(/^\d{4}$/, 'four digits');

/** Facts that a request may carry; each is one field path, or several of which the first present one counts. */
const FACTS = [
  'acquirer',
  'merchant',
  'terminal',
  'stan',
  'rrn',
  'localDate',
  'localTime',
  'transmittedAt',
  'amount',
  'currency',
  'product',
  'quantity',
  'region',
  'provider',
  'part',
  'page',
  'account',
  'accountReference',
  'card',
  'approvalCode',
  'settlementDate',
  'settlementCurrency',
  'keyBlock',
  'keyCheck',
] as const;
export type Fact = (typeof FACTS)[number];

const KEY_FIELDS = ['acquirer', 'merchant', 'terminal', 'stan', 'rrn', 'localDate', 'localTime'] as const;
/** The STAN names a transaction of a terminal's day; the RRN stands in for a date or time that was not sent. */
const KEY_USUAL: readonly (typeof KEY_FIELDS)[number][] = KEY_FIELDS.filter((name) => name !== 'rrn');

/** Facts that a rule may say for messages that do not: none that names a transaction, or moves money. */
const SET_FACTS = ['currency', 'product', 'quantity', 'region', 'provider', 'part'] as const;

const ORIGINAL_LAYOUTS = ['standard', 'base24', 'de56', 'same-stan', 'stan'] as const;
const originals = z.array(
  z.strictObject({ layout: z.enum(ORIGINAL_LAYOUTS), field: fieldNumber.optional() }),
);

const rule = z.strictObject({
  service: z.enum([
    'pin-sale',
    'account-credit',
    'account-inquiry',
    'batch',
    'catalogue-inquiry',
    ...CARD_SERVICES,
    'reversal',
    'status',
    'reversal-status',
    'reconciliation',
    'cutover',
    'sign-on',
    'sign-off',
    'echo',
    'key-exchange',
  ]),
  /** Requests only; a repeat (last digit 1) follows its original's rule. */
  mti: z.array(mti).min(1),
  /** Field values that must hold; `x` stands for any character, '' for a field that is absent or blank. */
  when: z.record(path, z.string()).default({}),
  /** Where facts stand in these messages, in place of the profile's own. */
  facts: z.partialRecord(z.enum(FACTS), paths).optional(),
  /** What these messages mean where they do not say it. */
  set: z.partialRecord(z.enum(SET_FACTS), z.string().min(1)).optional(),
  /** In place of the profile's own: of a reversal or a status inquiry. */
  originals: originals.optional(),
});

const tag = z.string().regex(/^\w{1,8}$/, 'a tag such as "IT"');

/** How a batch lists its items: in a field of TLVs, each begun by the tag of its number. */
const batch = z.strictObject({
  field: fieldNumber,
  item: tag,
  tags: z.strictObject({
    product: tag,
    quantity: tag,
    region: tag,
    provider: tag,
    account: tag,
    reference: tag,
    card: tag,
    amount: tag,
  }),
});

/** Fields of reconciliation totals: in requests what was counted, in answers our own. */
const totals = z.strictObject({
  credits: fieldNumber,
  creditReversals: fieldNumber,
  debits: fieldNumber,
  debitReversals: fieldNumber,
  creditAmount: fieldNumber,
  creditReversalAmount: fieldNumber,
  debitAmount: fieldNumber,
  debitReversalAmount: fieldNumber,
  net: fieldNumber.optional(),
  settlementCode: fieldNumber.optional(),
});

/** Words of an outcome that an answer may tell anywhere. */
const TOLD_WORDS = [
  'approvalCode',
  'transactionId',
  'amount',
  'balance',
  'accountExpiry',
  'accountReference',
  'serial',
  'expiry',
  'supplierReason',
] as const;
export type ToldWord = (typeof TOLD_WORDS)[number];

const subfieldPath = z.string().regex(/^\d{1,3}(\.\w+)+$/, 'a subfield path such as "126.Q1.voucher"');
const toldPath = z.string().regex(/^\d{1,3}(\.\w+)*$/, 'a field path such as "62" or "48.FR"');

/** Where PINs are told. One in place of a subfield of what is echoed, or in a tag, is whole there, or else in `longer`. */
const pins = z.discriminatedUnion('layout', [
  z.strictObject({ layout: z.literal('tlv'), field: fieldNumber }),
  z.strictObject({ layout: z.literal('plain'), field: fieldNumber, expiry: fieldNumber.optional() }),
  z.strictObject({
    layout: z.literal('subfield'),
    path: subfieldPath,
    lengthMax: z.number().int().min(1).max(999),
    longer: fieldNumber,
  }),
]);

const profileSchema = z.strictObject({
  name: z.string().min(1),
  notes: z.string().default(''),
  facts: z.partialRecord(z.enum(FACTS), paths),
  /** Wire values of the product field that stand for a product code. */
  products: z.record(z.string(), z.string()).default({}),
  rules: z.array(rule).min(1),
  /** The parts of the transaction key, besides the message class. */
  key: z
    .array(z.enum(KEY_FIELDS))
    .min(1)
    .default([...KEY_USUAL])
    // Else the switch's own day would stand in for it, which changes under a repeat.
    .refine((key) => !key.includes('rrn') || key.includes('localDate'), 'with "rrn", "localDate" too'),
  /** The fields that say what was asked for. */
  content: z.array(path).min(1).default(['2', '3', '4', '48', '102', '103']),
  batch: batch.optional(),
  /** How a reversal cites its original; tried in order. */
  originals: originals.default([]),
  /** Without it, reconciliations make no request. */
  totals: totals.optional(),
  unknownOriginal: z.enum(['accept', 'not-found']).default('accept'),
  /** Who may activate a value card: the terminal that pre-authorised it, any once one did, any at all. */
  cardActivation: z.enum(CARD_ACTIVATIONS).default('same-terminal'),
  answer: z.strictObject({
    echo: z.array(fieldNumber),
    reasonField: fieldNumber.default(39),
    approvalCode: fieldNumber.optional(),
    balance: fieldNumber.optional(),
    /** Told where the request did not say it. */
    amount: fieldNumber.optional(),
    transactionId: fieldNumber.optional(),
    pins,
    /** Each PIN's code is an envelope under its terminal's key (pinEnvelope.ts), in text that its field can hold. */
    pinEncryption: z
      .strictObject({ algorithm: z.literal('aes-gcm'), coding: z.enum(PIN_CODINGS) })
      .optional(),
    /** Anything else that is told, by its place; of a field that is echoed, the rest of it stays. */
    told: z.record(toldPath, z.enum(TOLD_WORDS)).default({}),
    /** Receipt lines as TLVs, one a tag in order and longer ones on several, beside what else is told of the field. */
    lines: z
      .strictObject({
        field: fieldNumber,
        tags: z.array(tag).min(1),
        lengthMax: z.number().int().min(1).max(999),
      })
      .optional(),
    /** Message types of answers that refuse, by the request's (a repeat's: its original's). */
    rejectMti: z.record(mti, mti).optional(),
    /** Fields in which items of a batch go on that the first one does not hold, in order. */
    overflow: z.array(fieldNumber).default([]),
  }),
  reasons: z.record(z.enum(REASONS), z.string().min(1)),
  /** Approvals that the standard writes otherwise for a message class (second digit of the MTI): 1993 has 400 and 800. */
  approvals: z.record(z.string().regex(/^\d$/, 'one digit'), z.string().min(1)).default({}),
});

export type Profile = z.infer<typeof profileSchema>;
export type Rule = Profile['rules'][number];
export type OriginalLayout = Profile['originals'][number];

/** The product code that a wire value stands for. `products` is asked for its own members alone: `constructor` is none. */
export function productMeant({ products }: Profile, wire: string): string {
  return (Object.hasOwn(products, wire) ? products[wire] : undefined) ?? wire;
}

export class ProfileError extends SafeError {
  override name = 'ProfileError';
}

/**
 * `extends` names another profile; single members of facts, answer, reasons and approvals may be replaced, the rest
 * whole. `null` takes a member of the other profile away.
 */
export function parseProfile(spec: unknown, origin: string): Profile {
  const result = checked(profileSchema, withBase(spec, origin));
  if (result.ok) return result.value;
  throw new ProfileError(`${origin}: ${faultLine(result)}`);
}

function withBase(spec: unknown, origin: string): unknown {
  if (typeof spec !== 'object' || spec === null || !('extends' in spec)) return spec;
  const { extends: baseName, ...own } = spec as Record<string, unknown>;
  if (typeof baseName !== 'string') throw new ProfileError(`${origin}: extends: the name of a profile`);
  const base = withBase(readSpec(baseName), baseName) as Record<string, unknown>;
  const merged: Record<string, unknown> = { ...base, ...own };
  for (const member of ['facts', 'answer', 'reasons', 'approvals']) {
    const both = { ...(base[member] as object), ...(own[member] as object | undefined) };
    merged[member] = present(both);
  }
  return present(merged);
}

function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** A shipped profile by name, or any by its file's path. */
export function loadProfile(nameOrFile: string): Profile {
  return parseProfile(readSpec(nameOrFile), fileOf(nameOrFile));
}

function profilesFolder(): string {
  return join(packageRoot(), 'specs', 'profiles');
}

/** The names of the profiles that come with the package. */
export function shippedProfiles(): string[] {
  return readdirSync(profilesFolder())
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
}

function fileOf(nameOrFile: string): string {
  return nameOrFile.endsWith('.json') ? nameOrFile : join(profilesFolder(), `${nameOrFile}.json`);
}

function readSpec(nameOrFile: string): unknown {
  const file = fileOf(nameOrFile);
  if (!existsSync(file)) {
    throw new ProfileError(
      `${nameOrFile}: no such profile; must be a file or one of ${shippedProfiles().join(', ')}`,
    );
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ProfileError(`${file}: not JSON`, { cause });
  }
}
