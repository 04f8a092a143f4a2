/**
 * Subfields behind a bitmap of their own, as Postilion's DE127: 64 bits, bit n for subfield n, one bitmap only.
 */
import { bitmapBytes, hasBit, readWord, writeWord } from '../bitmap.js';
import { fault } from '../errors.js';
import { overwriteField } from '../overwrite.js';
import type { FieldPlan, Nested } from '../plan.js';
import { readSubfield, readText, readValue } from '../read.js';
import { fieldRows, wholeMask } from '../rows.js';
import { scanField } from '../scan.js';
import type { BitmapCoding } from '../schema.js';
import type { FieldValue } from '../types.js';
import { writeField } from '../write.js';
import { objectOf } from './positional.js';

export interface BitmappedShape {
  readonly path: string;
  readonly coding: BitmapCoding;
  /** By subfield number as text, ascending. */
  readonly fields: ReadonlyMap<string, FieldPlan>;
}

interface Place {
  readonly id: string;
  readonly plan: FieldPlan;
  readonly start: number;
  readonly end: number;
}

export function bitmappedNested(shape: BitmappedShape): Nested {
  return {
    lenient: false,
    sensitive: [...shape.fields.values()].some((plan) => wholeMask(plan) !== 'none'),
    check(frame, start, end) {
      places(shape, frame, start, end);
    },
    find(view, start, end, path) {
      const [id = '', ...rest] = path.split('.');
      const place = places(shape, view.frame, start, end).find((candidate) => candidate.id === id);
      if (place === undefined) return undefined;
      return rest.length === 0
        ? readText(place.plan, view, place.start, place.end)
        : readSubfield(place.plan, view, place.start, place.end, rest.join('.'));
    },
    value(view, start, end) {
      const values: Record<string, FieldValue> = {};
      for (const place of places(shape, view.frame, start, end)) {
        values[place.id] = readValue(place.plan, view, place.start, place.end);
      }
      return values;
    },
    write(writer, value) {
      const given = objectOf(shape.path, value, shape.fields);
      const words: [number, number] = [0, 0];
      for (const id of Object.keys(given)) {
        const bit = Number(id) - 1;
        if (given[id] !== undefined) words[bit >> 5 === 0 ? 0 : 1] |= 0x80000000 >>> (bit & 31);
      }
      const bytes = bitmapBytes(shape.coding);
      writer.reserve(bytes);
      writeWord(shape.coding, writer.buffer, writer.position, words[0]);
      writeWord(shape.coding, writer.buffer, writer.position + bytes / 2, words[1]);
      writer.position += bytes;
      for (const [id, plan] of shape.fields) {
        const fieldValue = given[id];
        if (fieldValue !== undefined) writeField(plan, writer, fieldValue);
      }
    },
    rows: (view, start, end, clear) =>
      places(shape, view.frame, start, end).flatMap((place) =>
        fieldRows(place.plan, view, place.start, place.end, clear),
      ),
    overwrite(view, start, end, out) {
      for (const place of places(shape, view.frame, start, end))
        overwriteField(place.plan, view, place.start, place.end, out);
    },
    describe(path) {
      const [id = '', ...rest] = path.split('.');
      const plan = shape.fields.get(id);
      return rest.length === 0 || plan === undefined ? plan : plan.nested?.describe(rest.join('.'));
    },
  };
}

function places(shape: BitmappedShape, frame: Buffer, start: number, end: number): Place[] {
  const bytes = bitmapBytes(shape.coding);
  const path = `${shape.path}.bitmap`;
  if (start + bytes > end) fault(path, start, `a bitmap of ${bytes} bytes`, `only ${end - start} more`);
  const words = [
    readWord(shape.coding, frame, start, path),
    readWord(shape.coding, frame, start + bytes / 2, path),
  ];
  const found: Place[] = [];
  let at = start + bytes;
  for (let bit = 1; bit <= 64; bit += 1) {
    if (!hasBit(words[(bit - 1) >> 5] ?? 0, ((bit - 1) & 31) + 1)) continue;
    const plan = shape.fields.get(String(bit));
    if (plan === undefined) fault(path, start, 'subfields that the format defines', `subfield ${bit}`);
    const next = scanField(plan, frame, at, end);
    found.push({ id: String(bit), plan, start: at + plan.prefixBytes, end: next });
    at = next;
  }
  if (at < end) fault(shape.path, at, 'the end of its subfields', `${end - at} more bytes`);
  return found;
}
