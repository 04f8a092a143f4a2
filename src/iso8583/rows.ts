/**
 * The rows of one field for people: the field, then its subfields. A field that holds a sensitive subfield is
 * itself shown as sensitive, since its text contains the subfield's.
 */
import { maskText } from './mask.js';
import { type FieldPlan, isHex } from './plan.js';
import { isWellFormed, readText } from './read.js';
import type { Mask } from './schema.js';
import type { FieldRow } from './types.js';
import type { View } from './view.js';

/** The mask of a field's whole text. */
export function wholeMask(plan: {
  readonly mask: Mask;
  readonly nested: { readonly sensitive: boolean } | undefined;
}): Mask {
  return plan.mask === 'none' && plan.nested?.sensitive === true ? 'secret' : plan.mask;
}

export function fieldRows(
  plan: FieldPlan,
  view: View,
  start: number,
  end: number,
  clear: boolean,
): FieldRow[] {
  const mask = wholeMask(plan);
  const text = readText(plan, view, start, end);
  const row: FieldRow = {
    path: plan.path,
    name: plan.name,
    offset: view.wireOffset(start),
    length: view.wireLength(end - start),
    value: clear ? text : maskText(mask, text),
    sensitive: mask !== 'none',
  };
  if (plan.nested === undefined || !isWellFormed(plan, view, start, end)) return [row];
  if (!isHex(plan.coding)) return [row, ...plan.nested.rows(view, start, end, clear)];
  const inner = view.inner(start, end, plan.coding);
  return [row, ...plan.nested.rows(inner, 0, inner.frame.length, clear)];
}
