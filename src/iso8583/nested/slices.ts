/**
 * Subfields cut from a field's text by character or digit, as DE90 is: the field is coded as one value (packed
 * digits included), so a slice may begin in the middle of a byte. A slice of variable length carries its length
 * as digits in the text. Slices at the end may be absent when the field's length is variable.
 */
import { fault } from '../errors.js';
import { maskText } from '../mask.js';
import { overwriteUnits, unitsOf } from '../overwrite.js';
import type { FieldPlan, Nested } from '../plan.js';
import { readText } from '../read.js';
import type { Mask } from '../schema.js';
import type { FieldRow, FieldValue } from '../types.js';
import { View } from '../view.js';

export interface Slice {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** Fixed: its characters; variable: the most. */
  readonly units: number;
  /** Digits of its own length; 0 means fixed. */
  readonly prefixDigits: number;
  readonly digits: boolean;
  readonly mask: Mask;
  /** Takes all that is left, however much that is. */
  readonly open: boolean;
}

interface Cut {
  readonly slice: Slice;
  /** As it stands there. */
  readonly text: string;
  /** Characters before it in the field's text. */
  readonly from: number;
}

/** `field` is the field itself, without this nesting. */
export function slicesNested(field: FieldPlan, slices: readonly Slice[]): Nested {
  const byId = new Map(slices.map((slice) => [slice.id, slice]));
  const cutAt = (view: View, start: number, end: number) =>
    cut(field, slices, readWhole(field, view, start, end), start);
  return {
    lenient: false,
    sensitive: slices.some((slice) => slice.mask !== 'none'),
    check(frame, start, end) {
      if (field.prefixBytes > 0 || slices.some((slice) => slice.prefixDigits > 0))
        cutAt(new View(frame), start, end);
    },
    find: (view, start, end, path) => shown(cutAt(view, start, end).find((part) => part.slice.id === path)),
    value: (view, start, end) =>
      Object.fromEntries(cutAt(view, start, end).map((part) => [part.slice.id, shown(part) ?? ''])),
    write: () => fault(field.path, undefined, 'text'),
    rows: (view, start, end, clear) =>
      cutAt(view, start, end).map((part) => rowOf(field, part, view, start, end, clear)),
    overwrite(view, start, end, out) {
      const { first } = unitsOf(field, view, start, end);
      for (const { slice, text, from } of cutAt(view, start, end))
        overwriteUnits(field, slice.mask, first + from, text.length, out, slice.digits);
    },
    describe: (path) => byId.get(path),
    compose: (value) => compose(field, slices, byId, value),
  };
}

/** The text with the padding that a reader of the whole field would cut. */
function readWhole(field: FieldPlan, view: View, start: number, end: number): string {
  const text = readText(field, view, start, end);
  return field.padded ? text.padEnd(field.units, ' ') : text;
}

/** Spaces at the right of fixed text are filling. */
function shown(part: Cut | undefined): string | undefined {
  if (part === undefined) return undefined;
  const { slice, text } = part;
  if (slice.digits || slice.prefixDigits > 0 || slice.open) return text;
  let end = text.length;
  while (end > 0 && text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}

function cut(field: FieldPlan, slices: readonly Slice[], text: string, start: number): Cut[] {
  const cuts: Cut[] = [];
  let at = 0;
  for (const slice of slices) {
    if (at === text.length && field.prefixBytes > 0) return cuts;
    // Of packed digits the beginning alone is told: a slice may begin within a byte.
    const place = field.coding === 'bcd' ? start : start + at;
    let from = at;
    let units = slice.open ? text.length - at : slice.units;
    if (slice.prefixDigits > 0) {
      const prefix = text.slice(at, at + slice.prefixDigits);
      if (!/^\d+$/.test(prefix))
        fault(slice.path, place, `a length of ${slice.prefixDigits} digits`, 'other characters');
      units = Number(prefix);
      if (units > slice.units) fault(slice.path, place, `a length of at most ${slice.units}`, `${units}`);
      from += slice.prefixDigits;
    }
    if (from + units > text.length) {
      fault(slice.path, place, `${units} characters`, `only ${Math.max(0, text.length - from)} more`);
    }
    cuts.push({ slice, text: text.slice(from, from + units), from });
    at = from + units;
  }
  if (at < text.length) fault(field.path, start, `${at} characters in all`, `${text.length}`);
  return cuts;
}

function compose(
  field: FieldPlan,
  slices: readonly Slice[],
  byId: ReadonlyMap<string, Slice>,
  value: FieldValue,
): string {
  if (typeof value !== 'object' || Buffer.isBuffer(value) || Array.isArray(value)) {
    fault(field.path, undefined, `text or an object of ${slices.map((slice) => slice.id).join(', ')}`);
  }
  const given = value as { readonly [subfield: string]: FieldValue };
  for (const id of Object.keys(given)) {
    if (!byId.has(id))
      fault(field.path, undefined, `subfields among ${[...byId.keys()].join(', ')}`, 'another subfield');
  }
  const last = slices.findLastIndex((slice) => given[slice.id] !== undefined);
  const wanted = field.prefixBytes === 0 ? slices : slices.slice(0, last + 1);
  return wanted.map((slice) => composeSlice(slice, given[slice.id])).join('');
}

function composeSlice(slice: Slice, value: FieldValue | undefined): string {
  if (typeof value !== 'string') fault(slice.path, undefined, `text of ${slice.units} characters`, 'nothing');
  if (slice.digits && !/^\d*$/.test(value))
    fault(slice.path, undefined, 'decimal digits', 'another character');
  if (value.length > slice.units)
    fault(slice.path, undefined, `at most ${slice.units} characters`, `${value.length}`);
  if (slice.open) return value;
  if (slice.prefixDigits > 0) return String(value.length).padStart(slice.prefixDigits, '0') + value;
  return slice.digits ? value.padStart(slice.units, '0') : value.padEnd(slice.units, ' ');
}

function rowOf(
  field: FieldPlan,
  part: Cut,
  view: View,
  start: number,
  end: number,
  clear: boolean,
): FieldRow {
  const packed = field.coding === 'bcd';
  const odd = packed && field.pad === 'left0' ? (end - start) * 2 - field.units : 0;
  const offset = packed ? start + ((part.from + Math.max(0, odd)) >> 1) : start + part.from;
  const length = packed ? (part.text.length + 1) >> 1 : part.text.length;
  const value = shown(part) ?? '';
  return {
    path: part.slice.path,
    name: part.slice.name,
    offset: view.wireOffset(offset),
    length: view.wireLength(length),
    value: clear ? value : maskText(part.slice.mask, value),
    sensitive: part.slice.mask !== 'none',
  };
}
