/**
 * What a field's definition becomes at start: one flat record in which every question of coding is already
 * answered, so that reading and writing a message only follows it; and what a nested field must be able to do.
 */
import type { Coding, Counts, LengthCoding, Mask, Pad } from './schema.js';
import type { FieldRow, FieldValue } from './types.js';
import type { View } from './view.js';
import type { Writer } from './writer.js';

/** numeric: digits; amount: C or D and digits; text; track: digits with a separator; binary: bytes. */
export type Content = 'numeric' | 'amount' | 'text' | 'track' | 'binary';

export interface FieldPlan {
  /** '4', '90.stan', '127.25'. */
  readonly path: string;
  readonly name: string;
  readonly content: Content;
  readonly coding: Coding;
  readonly pad: Pad;
  /** Fixed: units of content; variable: the most there may be. A unit is a character, a digit or (binary) a byte. */
  readonly units: number;
  /** Bytes of the content on the wire when fixed, the most there can be when variable. */
  readonly bytes: number;
  /** Bytes of the length prefix; 0 means fixed. */
  readonly prefixBytes: number;
  readonly prefixCoding: LengthCoding;
  readonly counts: Counts;
  /** The largest value that the length prefix may have. */
  readonly maxCount: number;
  /** Text of fixed length, whose filling spaces at the right are no part of its value. */
  readonly padded: boolean;
  /** Digits or text in ASCII with (if any) an ASCII length of its characters: by far the most common, done first. */
  readonly plain: boolean;
  readonly mask: Mask;
  readonly nested: Nested | undefined;
}

/** The inside of a field. `start` and `end` bound its content in the view's frame. */
export interface Nested {
  /** Throws Iso8583Error when the content has not this structure. */
  check(frame: Buffer, start: number, end: number): void;
  /** The text of a subfield; undefined when it is absent. */
  find(view: View, start: number, end: number, path: string): string | undefined;
  value(view: View, start: number, end: number): FieldValue;
  /** Writes the content, without the field's own length prefix. */
  write(writer: Writer, value: FieldValue): void;
  rows(view: View, start: number, end: number, clear: boolean): FieldRow[];
  /**
   * Overwrites what is sensitive in `out`, a copy of the view's frame, and keeps all lengths. A kind that cannot is
   * overwritten whole where any of it is sensitive.
   */
  overwrite?(view: View, start: number, end: number, out: Buffer): void;
  /** What is known of a subfield from the format alone. */
  describe(path: string): { readonly name: string; readonly mask: Mask } | undefined;
  /** Whether any subfield may be sensitive. */
  readonly sensitive: boolean;
  /** Content that has not this structure is then plain text rather than an error. */
  readonly lenient: boolean;
  /** Subfields are cut from the field's text (and written as text), not from its bytes. */
  readonly compose?: (value: FieldValue) => string;
}

/** Bytes on the wire of a length prefix's `count`. */
export function bytesOfCount(plan: FieldPlan, count: number): number {
  if (plan.counts === 'bytes') return isHex(plan.coding) ? count << 1 : count;
  if (plan.counts === 'nibbles') return isHex(plan.coding) ? count : (count + 1) >> 1;
  return plan.coding === 'bcd' || plan.coding === 'binary' ? (count + 1) >> 1 : count;
}

/** The length prefix's count for `units` of content that take `bytes` on the wire. */
export function countOfUnits(plan: FieldPlan, units: number, bytes: number): number {
  if (plan.counts === 'bytes') return isHex(plan.coding) ? bytes >> 1 : bytes;
  if (plan.counts === 'nibbles') return isHex(plan.coding) ? bytes : bytes << 1;
  if (plan.coding === 'bcd') return units;
  return plan.coding === 'binary' ? bytes << 1 : bytes;
}

/** Bytes on the wire of `units` of content. */
export function bytesOfUnits(content: Content, coding: Coding, units: number): number {
  if (coding === 'bcd') return content === 'amount' ? 1 + ((units + 1) >> 1) : (units + 1) >> 1;
  if (isHex(coding)) return units << 1;
  return content === 'amount' ? units + 1 : units;
}

export function isHex(coding: Coding): boolean {
  return coding === 'hex' || coding === 'hex-ebcdic';
}

/**
 * Makes a plan. Every plan is made here, its properties in one order, so that the engine sees one kind of object in
 * all of the codec's inner loops.
 */
export function makePlan(of: Omit<FieldPlan, 'plain' | 'padded'>): FieldPlan {
  const textual = of.content === 'numeric' || of.content === 'text';
  const plainLength = of.prefixBytes === 0 || (of.prefixCoding === 'ascii' && of.counts !== 'nibbles');
  return {
    path: of.path,
    name: of.name,
    content: of.content,
    coding: of.coding,
    pad: of.pad,
    units: of.units,
    bytes: of.bytes,
    prefixBytes: of.prefixBytes,
    prefixCoding: of.prefixCoding,
    counts: of.counts,
    maxCount: of.maxCount,
    padded: of.content === 'text' && of.prefixBytes === 0,
    plain: of.coding === 'ascii' && textual && plainLength,
    mask: of.mask,
    nested: of.nested,
  };
}
