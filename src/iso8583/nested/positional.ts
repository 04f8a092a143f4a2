/**
 * Subfields one behind the other, each coded in its own way, fixed or with its own length. Those at the end may be
 * absent when the field's length is variable.
 */
import { fault } from '../errors.js';
import { overwriteField } from '../overwrite.js';
import type { FieldPlan, Nested } from '../plan.js';
import { readSubfield, readText, readValue } from '../read.js';
import { fieldRows } from '../rows.js';
import { scanField } from '../scan.js';
import type { FieldValue } from '../types.js';
import { writeField } from '../write.js';

export interface Part {
  readonly id: string;
  readonly plan: FieldPlan;
}

interface Place {
  readonly part: Part;
  readonly start: number;
  readonly end: number;
}

export function positionalNested(path: string, variable: boolean, parts: readonly Part[]): Nested {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const find = (frame: Buffer, start: number, end: number, id: string) =>
    places(path, variable, parts, frame, start, end).find((place) => place.part.id === id);
  return {
    lenient: false,
    sensitive: parts.some((part) => part.plan.mask !== 'none'),
    check(frame, start, end) {
      places(path, variable, parts, frame, start, end);
    },
    find(view, start, end, sub) {
      const [id = '', ...rest] = sub.split('.');
      const place = find(view.frame, start, end, id);
      if (place === undefined) return undefined;
      const { plan } = place.part;
      return rest.length === 0
        ? readText(plan, view, place.start, place.end)
        : readSubfield(plan, view, place.start, place.end, rest.join('.'));
    },
    value(view, start, end) {
      const values: Record<string, FieldValue> = {};
      for (const place of places(path, variable, parts, view.frame, start, end)) {
        values[place.part.id] = readValue(place.part.plan, view, place.start, place.end);
      }
      return values;
    },
    write(writer, value) {
      const given = objectOf(path, value, byId);
      const last = parts.findLastIndex((part) => given[part.id] !== undefined);
      for (const part of variable ? parts.slice(0, last + 1) : parts) {
        const partValue = given[part.id];
        if (partValue === undefined) fault(part.plan.path, undefined, 'a value', 'nothing');
        writeField(part.plan, writer, partValue);
      }
    },
    rows: (view, start, end, clear) =>
      places(path, variable, parts, view.frame, start, end).flatMap((place) =>
        fieldRows(place.part.plan, view, place.start, place.end, clear),
      ),
    overwrite(view, start, end, out) {
      for (const place of places(path, variable, parts, view.frame, start, end))
        overwriteField(place.part.plan, view, place.start, place.end, out);
    },
    describe: (sub) => byId.get(sub)?.plan,
  };
}

/** Where each part's content lies; throws when the parts do not fill the content exactly. */
function places(
  path: string,
  variable: boolean,
  parts: readonly Part[],
  frame: Buffer,
  start: number,
  end: number,
): Place[] {
  const found: Place[] = [];
  let at = start;
  for (const part of parts) {
    if (at === end && variable) return found;
    const next = scanField(part.plan, frame, at, end);
    found.push({ part, start: at + part.plan.prefixBytes, end: next });
    at = next;
  }
  if (at < end) fault(path, at, 'the end of its subfields', `${end - at} more bytes`);
  return found;
}

/** The value as an object whose keys are all known. */
export function objectOf(
  path: string,
  value: FieldValue,
  known: ReadonlyMap<string, unknown>,
): { readonly [subfield: string]: FieldValue } {
  if (typeof value !== 'object' || Buffer.isBuffer(value) || Array.isArray(value)) {
    fault(path, undefined, 'an object by subfield');
  }
  const given = value as { readonly [subfield: string]: FieldValue };
  for (const id of Object.keys(given)) {
    if (!known.has(id))
      fault(path, undefined, `subfields among ${[...known.keys()].join(', ')}`, 'another subfield');
  }
  return given;
}
