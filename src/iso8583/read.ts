/**
 * Decodes one field of a frame that was scanned before, so nothing here can fail or read beyond the field.
 */
import { type FieldPlan, isHex } from './plan.js';
import { oddDigits } from './scan.js';
import type { FieldValue } from './types.js';
import type { View } from './view.js';

/** A field's text; `start` and `end` bound its content, behind the length prefix. */
export function readText(plan: FieldPlan, view: View, start: number, end: number): string {
  switch (plan.coding) {
    case 'ascii':
      return view.latin1().substring(start, plan.padded ? endOfText(view.frame, start, end, 0x20) : end);
    case 'ebcdic':
    case 'ebcdic1047':
      return view
        .chars(plan.coding)
        .substring(start, plan.padded ? endOfText(view.frame, start, end, 0x40) : end);
    case 'bcd':
      return packedText(plan, view, start, end);
    case 'binary':
      return view
        .hex()
        .substring(start << 1, end << 1)
        .toUpperCase();
    case 'hex':
    case 'hex-ebcdic':
      return view.chars(plan.coding).substring(start, end).toUpperCase();
  }
}

/** A field's value: text, bytes, or what its nested structure holds. */
export function readValue(plan: FieldPlan, view: View, start: number, end: number): FieldValue {
  if (plan.nested !== undefined && isWellFormed(plan, view, start, end)) {
    if (!isHex(plan.coding)) return plan.nested.value(view, start, end);
    const inner = view.inner(start, end, plan.coding);
    return plan.nested.value(inner, 0, inner.frame.length);
  }
  if (plan.content !== 'binary') return readText(plan, view, start, end);
  return isHex(plan.coding) ? view.inner(start, end, plan.coding).frame : view.frame.subarray(start, end);
}

/** The text of a subfield, undefined when it is absent or the field has no such structure. */
export function readSubfield(
  plan: FieldPlan,
  view: View,
  start: number,
  end: number,
  path: string,
): string | undefined {
  if (plan.nested === undefined || !isWellFormed(plan, view, start, end)) return undefined;
  if (!isHex(plan.coding)) return plan.nested.find(view, start, end, path);
  const inner = view.inner(start, end, plan.coding);
  return plan.nested.find(inner, 0, inner.frame.length, path);
}

/** False for content of a lenient nested field that has not its structure. */
export function isWellFormed(plan: FieldPlan, view: View, start: number, end: number): boolean {
  return nestedProblem(plan, view, start, end) === undefined;
}

/** Why the content of a lenient nested field has not its structure. */
export function nestedProblem(plan: FieldPlan, view: View, start: number, end: number): Error | undefined {
  if (plan.nested === undefined || !plan.nested.lenient) return undefined;
  try {
    if (isHex(plan.coding)) {
      const inner = view.inner(start, end, plan.coding);
      plan.nested.check(inner.frame, 0, inner.frame.length);
    } else {
      plan.nested.check(view.frame, start, end);
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function packedText(plan: FieldPlan, view: View, start: number, end: number): string {
  const first = plan.content === 'amount' ? start + 1 : start;
  let from = first << 1;
  let to = end << 1;
  const hex = view.hex();
  if (oddDigits(plan, view.frame, start, first, end)) {
    if (plan.pad === 'left0') from += 1;
    else to -= 1;
  } else if (
    plan.prefixBytes > 0 &&
    plan.counts !== 'digits' &&
    plan.pad === 'rightF' &&
    hex.endsWith('f', to)
  ) {
    if (to > from) to -= 1;
  }
  const digits = hex.substring(from, to);
  if (plan.content === 'amount') return view.latin1().substring(start, first) + digits;
  return plan.content === 'track' ? digits.replaceAll('d', '=') : digits;
}

function endOfText(frame: Buffer, start: number, end: number, space: number): number {
  let last = end;
  while (last > start && frame[last - 1] === space) last -= 1;
  return last;
}
