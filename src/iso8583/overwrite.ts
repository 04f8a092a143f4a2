/**
 * Overwrites sensitive content within a copy of a frame, byte for byte, so that it keeps its length and can be read
 * by its format as before: digits become 0, text *, binary data 00; signs, lengths, tags and filling stay. Of a card
 * number the first six and last four digits stay, as where it is shown. `out` is the copy: offsets are the view's.
 */
import { EBCDIC_037, HEX_CODE } from './chars.js';
import { kept } from './mask.js';
import { type FieldPlan, isHex } from './plan.js';
import { isWellFormed } from './read.js';
import { wholeMask } from './rows.js';
import { oddDigits } from './scan.js';
import type { Mask } from './schema.js';
import type { View } from './view.js';

const ZERO = 0x30;
const STAR = 0x2a;
const SPACE = 0x20;

/** A field whose content lies from `start` to `end`. */
export function overwriteField(plan: FieldPlan, view: View, start: number, end: number, out: Buffer): void {
  const { nested } = plan;
  if (nested?.overwrite === undefined || !isWellFormed(plan, view, start, end)) {
    overwriteContent(plan, wholeMask(plan), view, start, end, out);
  } else if (!isHex(plan.coding)) {
    nested.overwrite(view, start, end, out);
  } else {
    const inner = view.inner(start, end, plan.coding);
    const bytes = Buffer.from(inner.frame);
    nested.overwrite(inner, 0, bytes.length, bytes);
    writeHex(plan, inner.frame, bytes, start, out);
  }
}

/** All of a field's content. */
export function overwriteContent(
  plan: FieldPlan,
  mask: Mask,
  view: View,
  start: number,
  end: number,
  out: Buffer,
): void {
  if (mask === 'none') return;
  const { first, units } = unitsOf(plan, view, start, end);
  overwriteUnits(plan, mask, first, units, out);
}

/**
 * Units of a field's content: `first` is a byte's offset, or for content of two units a byte twice that. `digits`
 * where they are known to be, in a field of text.
 */
export function overwriteUnits(
  plan: FieldPlan,
  mask: Mask,
  first: number,
  units: number,
  out: Buffer,
  digits = plan.content !== 'text',
): void {
  if (mask === 'none') return;
  if (halfBytes(plan)) {
    overwriteHalves(mask, first, units, out);
    return;
  }
  const { before, behind } = kept(mask, units);
  const last = first + units - behind;
  const filler = digits ? ZERO : STAR;
  out.fill(
    isEbcdic(plan) ? (EBCDIC_037.fromLatin1[filler] ?? 0) : filler,
    first + before,
    Math.max(first, last),
  );
}

/** Packed digits and binary data: half bytes, counted from the frame's first. */
export function overwriteHalves(mask: Mask, first: number, units: number, out: Buffer): void {
  const { before, behind } = kept(mask, units);
  for (let unit = first + before; unit < first + units - behind; unit += 1) {
    const byte = out[unit >> 1] ?? 0;
    out[unit >> 1] = unit & 1 ? byte & 0xf0 : byte & 0x0f;
  }
}

/** Where the content's first unit is, behind a sign and filling, and how many there are. */
export function unitsOf(
  plan: FieldPlan,
  view: View,
  start: number,
  end: number,
): { readonly first: number; readonly units: number } {
  const from = plan.content === 'amount' ? start + 1 : start;
  if (plan.coding === 'binary') return { first: from * 2, units: (end - from) * 2 };
  if (plan.coding === 'bcd') {
    const odd = oddDigits(plan, view.frame, start, from, end);
    const filled = odd || (end > from && mayEndFilled(plan) && ((view.frame[end - 1] ?? 0) & 15) === 15);
    const units = (end - from) * 2 - (filled ? 1 : 0);
    return { first: from * 2 + (odd && plan.pad === 'left0' ? 1 : 0), units };
  }
  let last = end;
  const space = isEbcdic(plan) ? (EBCDIC_037.fromLatin1[SPACE] ?? 0) : SPACE;
  if (plan.padded) while (last > from && view.frame[last - 1] === space) last -= 1;
  return { first: from, units: last - from };
}

/** Where a length counts bytes, only the last half byte tells whether it is a digit. */
function mayEndFilled({ prefixBytes, counts, pad }: FieldPlan): boolean {
  return prefixBytes > 0 && counts !== 'digits' && pad === 'rightF';
}

function halfBytes({ coding }: FieldPlan): boolean {
  return coding === 'bcd' || coding === 'binary';
}

function isEbcdic({ coding }: FieldPlan): boolean {
  return coding === 'ebcdic' || coding === 'ebcdic1047' || coding === 'hex-ebcdic';
}

/** Hexadecimal digits of the bytes that changed; the others keep theirs, capital or small. */
function writeHex(plan: FieldPlan, before: Buffer, after: Buffer, start: number, out: Buffer): void {
  for (let i = 0; i < after.length; i += 1) {
    if (before[i] === after[i]) continue;
    [(after[i] ?? 0) >> 4, (after[i] ?? 0) & 15].forEach((value, at) => {
      const digit = HEX_CODE[value] ?? 0;
      out[start + 2 * i + at] = isEbcdic(plan) ? (EBCDIC_037.fromLatin1[digit] ?? 0) : digit;
    });
  }
}
