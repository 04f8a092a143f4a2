/**
 * A scenario file: a fleet of terminals, what its customers want, how often something goes wrong. Checked whole; the
 * shipped ones are in specs/scenarios. Shares are of all customers (bad, line), of those with an answer (repeats) or
 * with an approval (reversals); shares of a mix are relative to each other.
 * Maximums: SCENARIO_LIMITS.
 */
import { z } from 'zod';

export const SCENARIO_LIMITS = {
  tills: 2_000,
  /** Customers a second. */
  perSecond: 5_000,
  seconds: 604_800,
  /** The longest wait that a scenario may name. */
  ms: 600_000,
  repeats: 20,
} as const;

const share = z.number().min(0).max(1);
const weight = z.number().min(0).max(1_000_000).default(1);
const ms = z.int().min(0).max(SCENARIO_LIMITS.ms);
const msRange = z
  .union([ms, z.tuple([ms, ms])])
  .transform((value): readonly [number, number] => (typeof value === 'number' ? [value, value] : value))
  .refine(([from, to]) => from <= to, 'a number, or two of which the first is not the larger');
const id = (max: number) =>
  z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${max}}$`), `1 to ${max} characters`);
const code = id(40);
/** Each # is a random digit. */
const pattern = z.string().regex(/^[0-9#]{1,28}$/, 'digits, and # for a random one, at most 28');
const amounts = z
  .strictObject({ from: z.int().min(0), to: z.int().min(0), step: z.int().min(1).default(1) })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'must not be below from' });

const pins = { products: z.array(code).min(1), quantity: z.int().min(1).max(20).default(1) };
const credits = { accounts: z.array(pattern).min(1), amounts };

const wish = z.discriminatedUnion('service', [
  z.strictObject({ service: z.literal('pin-sale'), share: weight, ...pins }),
  z.strictObject({
    service: z.literal('account-credit'),
    share: weight,
    ...credits,
    product: code.optional(),
  }),
  z.strictObject({ service: z.literal('account-inquiry'), share: weight, accounts: credits.accounts }),
  z.strictObject({
    service: z.literal('batch'),
    share: weight,
    items: z.tuple([z.int().min(1).max(20), z.int().min(1).max(20)]).default([2, 4]),
    products: pins.products,
    /** Of the items, how many credit an account. */
    credits: z.strictObject({ share, ...credits }).optional(),
  }),
  z.strictObject({
    service: z.literal('catalogue-inquiry'),
    share: weight,
    part: z.enum(['PRV', 'VAL', 'REG', 'RAT']).default('PRV'),
    provider: code.optional(),
  }),
  /** Value cards of a file that is given with the run: each is pre-authorised, activated, and some are redeemed. */
  z.strictObject({
    service: z.literal('cards'),
    share: weight,
    redeemed: share.default(0),
    accounts: credits.accounts,
  }),
  z.strictObject({ service: z.literal('echo'), share: weight }),
]);
export type Wish = Readonly<z.output<typeof wish>>;

export const BAD = [
  'malformed',
  'garbage',
  'wrong-length',
  'unknown-product',
  'unknown-terminal',
  'conflict',
] as const;
export type Bad = (typeof BAD)[number];

export const MISHAPS = ['cut-before', 'cut-after', 'cut-within', 'slow'] as const;
export type Mishap = (typeof MISHAPS)[number];

const point = z.tuple([share, z.number().min(0)]);

export const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a-z, 0-9 and -, at most 32 characters'),
  about: z.string().max(500).default(''),
  seconds: z.number().min(0.1).max(SCENARIO_LIMITS.seconds),
  shops: z
    .array(
      z.strictObject({
        merchant: id(15),
        acquirer: z
          .string()
          .regex(/^\d{1,11}$/, '1 to 11 digits')
          .default('000001'),
        terminals: z.array(id(16)).min(1),
        /** Terminals at work: those with the same id share its STANs, each has a line of its own. */
        tills: z.int().min(1).max(SCENARIO_LIMITS.tills),
      }),
    )
    .min(1),
  currency: z
    .string()
    .regex(/^\d{3}$/, 'three digits')
    .default('840'),
  arrivals: z.strictObject({
    /** Customers a second where the shape is 1. */
    perSecond: z.number().min(0.001).max(SCENARIO_LIMITS.perSecond),
    /** [share of the run, times perSecond], straight between them. */
    shape: z
      .array(point)
      .min(1)
      .default([[0, 1]])
      .refine(
        (points) => points.every(([at], n) => n === 0 || at > (points[n - 1]?.[0] ?? 0)),
        'times that ascend',
      )
      .refine((points) => points.some(([, times]) => times > 0), 'one that is not 0'),
  }),
  /** Between two customers of a till, and between what one customer wants and the next thing. */
  thinkMs: msRange.default([0, 0]),
  /** How long a terminal waits for an answer. */
  answerMs: z.int().min(10).max(SCENARIO_LIMITS.ms).default(15_000),
  connection: z.enum(['kept', 'dialled']).default('kept'),
  mix: z
    .array(wish)
    .min(1)
    .refine((wishes) => wishes.some(({ share: of }) => of > 0), 'one with a share above 0'),
  repeats: share.default(0),
  reversals: share.default(0),
  /** STAN of a reversal. */
  reversalStan: z.enum(['own', 'original']).default('own'),
  /** Of the reversals, how many are advices (0420) rather than requests (0400). */
  advices: share.default(1),
  unanswered: z
    .strictObject({
      repeats: z.int().min(0).max(SCENARIO_LIMITS.repeats).default(3),
      waitMs: msRange.default([500, 1_500]),
      /** Where no repeat was answered either. */
      atLast: z.enum(['reverse', 'leave']).default('reverse'),
    })
    .prefault({}),
  bad: z.partialRecord(z.enum(BAD), share).default({}),
  line: z.partialRecord(z.enum(MISHAPS), share).default({}),
  /** How long a slow sender takes for one message. */
  slowMs: z.int().min(1).max(SCENARIO_LIMITS.ms).default(2_000),
});
export type Scenario = Readonly<z.output<typeof scenarioSchema>>;
