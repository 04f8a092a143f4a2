/**
 * The shape of a format file, and the one-line error for one that does not have it.
 * Everything is strict: an unknown key is an error, never ignored. See specs/formats/README.md for the meaning.
 */
import { z } from 'zod';
import { checked } from '../base/schema.js';
import { FormatError } from './errors.js';

/** How a field's characters stand on the wire. */
export const CODINGS = ['ascii', 'ebcdic', 'ebcdic1047', 'bcd', 'binary', 'hex', 'hex-ebcdic'] as const;
export type Coding = (typeof CODINGS)[number];
/** Where an odd number of packed digits gets its filling nibble, and which. */
export const PADS = ['left0', 'right0', 'rightF'] as const;
export type Pad = (typeof PADS)[number];
/** How a length prefix is written. */
export const LENGTH_CODINGS = ['ascii', 'ebcdic', 'bcd', 'binary'] as const;
export type LengthCoding = (typeof LENGTH_CODINGS)[number];
/** What a length prefix counts: characters or digits, bytes, or half bytes. */
export const COUNTS = ['digits', 'bytes', 'nibbles'] as const;
export type Counts = (typeof COUNTS)[number];
/** How a sensitive field is shown: first 6 and last 4 of a PAN, or nothing at all. */
export const MASKS = ['none', 'pan', 'secret'] as const;
export type Mask = (typeof MASKS)[number];
export const BITMAP_CODINGS = ['binary', 'hex', 'hex-ebcdic'] as const;
export type BitmapCoding = (typeof BITMAP_CODINGS)[number];

/** A field type in the notation of the standard: 'n6', 'ans..25' (2-digit length), 'b...255' (3-digit length). */
const TYPE = /^(n|x\+n|z|b|[ans]{1,3}p?)(\.{0,6})(\d{1,6})$/;
const TYPE_HELP =
  "a type such as 'n6', 'x+n8', 'an12', 'ans..25' or 'b...255': n, x+n, z, b, a, s, an, as, ns, ans or anp, " +
  'one dot for each digit of the length prefix (none when fixed), then the length (b: bytes)';

const type = z.string().regex(TYPE, TYPE_HELP);
const lengthSpec = z.strictObject({
  coding: z.enum(LENGTH_CODINGS).optional(),
  counts: z.enum(COUNTS).optional(),
  bytes: z.int().min(1).max(6).optional(),
});
const coding = z.enum(CODINGS);
const pad = z.enum(PADS);
const mask = z.enum(MASKS);
const id = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'a subfield name of 1 to 32 letters, digits, _ or -');

const part = z.strictObject({
  id,
  name: z.string().optional(),
  type,
  coding: coding.optional(),
  pad: pad.optional(),
  length: lengthSpec.optional(),
  mask: mask.optional(),
  /** Takes all that is left. */
  open: z.literal(true).optional(),
});
const tagSpec = z.strictObject({
  name: z.string().optional(),
  content: z.enum(['text', 'n', 'b']).optional(),
  mask: mask.optional(),
});
const token = z.strictObject({
  name: z.string().optional(),
  mask: mask.optional(),
  parts: z.array(part).min(1).max(64).optional(),
});
const tags = z.record(z.string(), tagSpec).optional();

const nested: z.ZodType<NestedSpec> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('slices'), parts: z.array(part).min(1).max(64) }),
  z.strictObject({ kind: z.literal('positional'), parts: z.array(part).min(1).max(64) }),
  z.strictObject({
    kind: z.literal('tlv'),
    tag: z.strictObject({
      bytes: z.int().min(1).max(8),
      coding: z.enum(['ascii', 'ebcdic', 'ebcdic1047', 'hex']).optional(),
    }),
    length: z.strictObject({
      bytes: z.int().min(1).max(6),
      coding: z.enum(LENGTH_CODINGS).optional(),
    }),
    content: z.enum(['text', 'b']).optional(),
    tags,
    otherwise: z.enum(['error', 'text']).optional(),
  }),
  z.strictObject({ kind: z.literal('ber-tlv'), tags }),
  z.strictObject({
    kind: z.literal('base24-tokens'),
    tokens: z.record(z.string().length(2, 'a token id of 2 characters'), token).optional(),
    otherwise: z.enum(['error', 'text']).optional(),
  }),
  z.strictObject({
    kind: z.literal('bitmapped'),
    bitmap: z.enum(BITMAP_CODINGS).optional(),
    get fields() {
      return z.record(z.string(), field);
    },
  }),
]);

const field = z.strictObject({
  name: z.string().optional(),
  type,
  coding: coding.optional(),
  pad: pad.optional(),
  length: lengthSpec.optional(),
  mask: mask.optional(),
  get nested() {
    return nested.nullable().optional();
  },
});

const defaults = z.strictObject({
  numeric: z.strictObject({ coding: coding.optional(), pad: pad.optional() }).optional(),
  amount: z.strictObject({ coding: coding.optional(), pad: pad.optional() }).optional(),
  text: z.strictObject({ coding: coding.optional() }).optional(),
  track: z.strictObject({ coding: coding.optional(), pad: pad.optional() }).optional(),
  binary: z.strictObject({ coding: coding.optional() }).optional(),
  length: lengthSpec.optional(),
});

const format = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'a name of 1 to 64 letters, digits, ., _ or -'),
  description: z.string().optional(),
  mti: z.enum(['ascii', 'ebcdic', 'bcd']),
  bitmap: z.strictObject({
    coding: z.enum(BITMAP_CODINGS),
    maximum: z.int().min(1).max(3).optional(),
    always: z.int().min(1).max(2).optional(),
    firstBit: z.enum(['on', 'off']).optional(),
  }),
  defaults: defaults.optional(),
  fields: z.record(z.string().regex(/^\d{1,3}$/, 'a data element number'), field.nullable()),
});

export type LengthSpec = z.infer<typeof lengthSpec>;
export type PartSpec = z.infer<typeof part>;
export type TagSpec = z.infer<typeof tagSpec>;
export type Tags = z.infer<typeof tags>;
export type Defaults = z.infer<typeof defaults>;
export interface FieldSpec {
  name?: string | undefined;
  type: string;
  coding?: Coding | undefined;
  pad?: Pad | undefined;
  length?: LengthSpec | undefined;
  mask?: Mask | undefined;
  nested?: NestedSpec | null | undefined;
}
export type TlvSpec = {
  kind: 'tlv';
  tag: { bytes: number; coding?: 'ascii' | 'ebcdic' | 'ebcdic1047' | 'hex' | undefined };
  length: { bytes: number; coding?: LengthCoding | undefined };
  content?: 'text' | 'b' | undefined;
  tags?: Tags;
  otherwise?: 'error' | 'text' | undefined;
};
export type TokensSpec = {
  kind: 'base24-tokens';
  tokens?: Record<string, z.infer<typeof token>> | undefined;
  otherwise?: 'error' | 'text' | undefined;
};
export type BitmappedSpec = {
  kind: 'bitmapped';
  bitmap?: BitmapCoding | undefined;
  fields: Record<string, FieldSpec>;
};
export type NestedSpec =
  | { kind: 'slices' | 'positional'; parts: PartSpec[] }
  | TlvSpec
  | { kind: 'ber-tlv'; tags?: Tags }
  | TokensSpec
  | BitmappedSpec;
export type FormatSpec = z.infer<typeof format>;

/** The parts of a field type: 'ans..25' is { content: 'ans', prefixDigits: 2, length: 25 }. */
export function readType(text: string): { content: string; prefixDigits: number; length: number } {
  const match = TYPE.exec(text);
  if (match === null) throw new Error('type checked by the schema before');
  const [, content = '', dots = '', length = ''] = match;
  return { content, prefixDigits: dots.length, length: Number(length) };
}

/** Checks a merged format. Throws FormatError with the first fault found. */
export function readFormat(document: unknown, origin: string): FormatSpec {
  const result = checked(format, document);
  if (!result.ok) throw new FormatError(origin, result.path, result.fault);
  return result.value;
}
