/**
 * From a checked format document to plans: fills in the format's defaults and refuses what cannot be coded, with
 * the JSON path and the allowed values.
 */
import { FormatError } from './errors.js';
import { bytesOfCount, bytesOfUnits, type Content, countOfUnits, type FieldPlan, makePlan } from './plan.js';
import { resolveNested } from './resolve-nested.js';
import {
  type Coding,
  type Defaults,
  type FieldSpec,
  type FormatSpec,
  type LengthCoding,
  readType,
} from './schema.js';

const ALLOWED: Readonly<Record<Content, readonly Coding[]>> = {
  numeric: ['ascii', 'ebcdic', 'ebcdic1047', 'bcd'],
  amount: ['ascii', 'ebcdic', 'ebcdic1047', 'bcd'],
  text: ['ascii', 'ebcdic', 'ebcdic1047'],
  track: ['ascii', 'ebcdic', 'ebcdic1047', 'bcd'],
  binary: ['binary', 'hex', 'hex-ebcdic'],
};
const MAX_PREFIX_BYTES = 6;

/** What the resolving of one field needs to know around it. */
export interface Place {
  readonly origin: string;
  readonly defaults: Defaults;
  /** Where the definition stands in the file. */
  readonly json: string;
  /** The field path that errors and rows name. */
  readonly path: string;
}

/** The plans of a format by data element number. */
export function resolveFields(spec: FormatSpec, origin: string): Map<number, FieldPlan> {
  const plans = new Map<number, FieldPlan>();
  const last = 64 * (spec.bitmap.maximum ?? 2);
  for (const [key, field] of Object.entries(spec.fields)) {
    const de = Number(key);
    const json = `fields.${key}`;
    if (field === null) continue;
    if (de < 2 || de > last || (last > 128 && de === 65)) {
      throw new FormatError(origin, json, `must be a data element from 2 to ${last} that is not a bitmap`);
    }
    plans.set(de, resolveField(field, { origin, defaults: spec.defaults ?? {}, json, path: String(de) }));
  }
  return plans;
}

export function resolveField(spec: FieldSpec, place: Place): FieldPlan {
  const plain = resolvePlain(spec, place);
  if (spec.nested === undefined || spec.nested === null) return plain;
  return makePlan({ ...plain, nested: resolveNested(spec.nested, plain, place, resolveField) });
}

/** The field without what is nested in it. */
function resolvePlain(spec: FieldSpec, place: Place): FieldPlan {
  const { content: letters, prefixDigits, length: units } = readType(spec.type);
  const content = contentOf(letters);
  const defaults = place.defaults[content];
  const coding = spec.coding ?? defaults?.coding ?? (content === 'binary' ? 'binary' : 'ascii');
  if (!ALLOWED[content].includes(coding)) {
    refuse(place, 'coding', `'${coding}' cannot hold ${spec.type}; must be one of ${list(ALLOWED[content])}`);
  }
  if (units === 0) refuse(place, 'type', 'must have a length of at least 1');
  if (content === 'track' && prefixDigits === 0)
    refuse(place, 'type', 'must be of variable length, such as z..37');
  if (prefixDigits === 0 && spec.length !== undefined)
    refuse(place, 'length', 'belongs to fields of variable length');
  if (content === 'amount' && prefixDigits > 0)
    refuse(place, 'type', 'must be of fixed length, such as x+n8');
  const prefixCoding = spec.length?.coding ?? place.defaults.length?.coding ?? lengthCodingFor(coding);
  const prefixBytes =
    prefixDigits === 0 ? 0 : (spec.length?.bytes ?? prefixWidth(prefixCoding, prefixDigits, units));
  const bytes = bytesOfUnits(content, coding, units);
  const plan = makePlan({
    path: place.path,
    name: spec.name ?? `Field ${place.path}`,
    content,
    coding,
    pad: spec.pad ?? padOf(defaults) ?? 'left0',
    units,
    bytes,
    prefixBytes,
    prefixCoding,
    counts: spec.length?.counts ?? countsDefault(place.defaults, content, coding),
    maxCount: 0,
    mask: spec.mask ?? 'none',
    nested: undefined,
  });
  const maxCount = prefixBytes === 0 ? 0 : countOfUnits(plan, units, bytes);
  checkCapacity(plan, maxCount, place);
  return makePlan({ ...plan, maxCount });
}

function contentOf(letters: string): Content {
  switch (letters) {
    case 'n':
      return 'numeric';
    case 'x+n':
      return 'amount';
    case 'z':
      return 'track';
    case 'b':
      return 'binary';
    default:
      return 'text';
  }
}

/** Binary data and hexadecimal text are counted by the format's default or else as they stand on the wire. */
function countsDefault(defaults: Defaults, content: Content, coding: Coding): FieldPlan['counts'] {
  if (content === 'binary') return coding === 'binary' ? 'bytes' : 'digits';
  return defaults.length?.counts ?? 'digits';
}

function lengthCodingFor(coding: Coding): LengthCoding {
  if (coding === 'bcd') return 'bcd';
  return coding === 'ebcdic' || coding === 'ebcdic1047' || coding === 'hex-ebcdic' ? 'ebcdic' : 'ascii';
}

function prefixWidth(coding: LengthCoding, digits: number, units: number): number {
  if (coding === 'bcd') return (digits + 1) >> 1;
  if (coding === 'binary') return units > 65535 ? 3 : units > 255 ? 2 : 1;
  return digits;
}

function padOf(
  defaults: { pad?: FieldPlan['pad'] | undefined } | { coding?: unknown } | undefined,
): FieldPlan['pad'] | undefined {
  return defaults !== undefined && 'pad' in defaults ? defaults.pad : undefined;
}

function checkCapacity(plan: FieldPlan, maxCount: number, place: Place): void {
  if (plan.prefixBytes === 0) return;
  if (plan.prefixBytes > MAX_PREFIX_BYTES)
    refuse(place, 'length.bytes', `must be at most ${MAX_PREFIX_BYTES}`);
  const base = { ascii: 10, ebcdic: 10, bcd: 100, binary: 256 }[plan.prefixCoding];
  const capacity = base ** plan.prefixBytes - 1;
  if (maxCount > capacity) {
    refuse(
      place,
      'type',
      `has a length that its prefix cannot tell: must count at most ${capacity}, not ${maxCount}`,
    );
  }
  if (bytesOfCount(plan, maxCount) > plan.bytes + 1)
    refuse(place, 'length', 'counts more than the field can hold');
}

export function refuse(place: Place, key: string, detail: string): never {
  throw new FormatError(place.origin, `${place.json}.${key}`, detail);
}

function list(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ');
}
