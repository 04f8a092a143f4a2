/**
 * From the `nested` part of a field's definition to the code that reads and writes its inside.
 */
import { FormatError } from './errors.js';
import { base24Nested, type TokenPlan } from './nested/base24.js';
import { berNested } from './nested/ber.js';
import { bitmappedNested } from './nested/bitmapped.js';
import { positionalNested } from './nested/positional.js';
import { type Slice, slicesNested } from './nested/slices.js';
import { tlvNested } from './nested/tlv.js';
import { bytesOfUnits, type Content, type FieldPlan, isHex, makePlan, type Nested } from './plan.js';
import { wholeMask } from './rows.js';
import {
  type BitmappedSpec,
  type Coding,
  type Defaults,
  type FieldSpec,
  type Mask,
  type NestedSpec,
  type PartSpec,
  readType,
  type TagSpec,
  type TlvSpec,
  type TokensSpec,
} from './schema.js';

interface Place {
  readonly origin: string;
  readonly defaults: Defaults;
  readonly json: string;
  readonly path: string;
}
/** Digits of the length before a token's data. */
const TOKEN_LENGTH_DIGITS = 5;
type ResolveField = (spec: FieldSpec, place: Place) => FieldPlan;

/** `field` is the plan of the field without its nesting; `resolve` makes the plan of a subfield. */
export function resolveNested(
  spec: NestedSpec,
  field: FieldPlan,
  place: Place,
  resolve: ResolveField,
): Nested {
  switch (spec.kind) {
    case 'slices':
      return slicesNested(field, slicesOf(spec.parts, field, place));
    case 'positional':
      requireBytes(field, place);
      return positionalNested(field.path, field.prefixBytes > 0, partsOf(spec.parts, field, place, resolve));
    case 'tlv':
      requireBytes(field, place);
      return tlvOf(spec, field, place);
    case 'ber-tlv':
      requireBinary(field, place, 'ber-tlv');
      return berNested({
        path: field.path,
        tags: new Map(
          Object.entries(spec.tags ?? {}).map(([tag, known]) => [
            tag.toUpperCase(),
            berTag(field, tag, known),
          ]),
        ),
        other: { name: 'Unknown tag', mask: unknownMask(field, spec.tags) },
      });
    case 'base24-tokens':
      return tokensOf(spec, field, place);
    case 'bitmapped':
      requireBytes(field, place);
      return bitmappedOf(spec, field, place, resolve);
  }
}

function slicesOf(parts: readonly PartSpec[], field: FieldPlan, place: Place): Slice[] {
  if (field.content === 'binary') {
    throw new FormatError(
      place.origin,
      `${place.json}.nested.kind`,
      "'slices' needs a field of digits or text; use 'positional'",
    );
  }
  const slices = partSlices(parts, field, place, `${place.json}.nested.parts`);
  const total = slices.reduce((sum, slice) => sum + slice.units + slice.prefixDigits, 0);
  if (field.prefixBytes === 0 && total !== field.units) {
    throw new FormatError(
      place.origin,
      `${place.json}.nested.parts`,
      `must add up to ${field.units}, not ${total}`,
    );
  }
  return slices;
}

function partSlices(parts: readonly PartSpec[], field: FieldPlan, place: Place, json: string): Slice[] {
  requireUnique(parts, place, json);
  return parts.map((part, index): Slice => {
    const { content, prefixDigits, length } = readType(part.type);
    const isText = content !== 'n' && prefixDigits === 0 && field.coding !== 'bcd';
    if (part.open && !(isText && field.prefixBytes > 0 && index === parts.length - 1)) {
      const detail = 'belongs to the last part, of fixed text, of what has a length of its own';
      throw new FormatError(place.origin, `${json}.${index}.open`, detail);
    }
    const path = `${field.path}.${part.id}`;
    return {
      id: part.id,
      name: part.name ?? part.id,
      path,
      units: length,
      prefixDigits,
      digits: content === 'n',
      mask: part.mask ?? 'none',
      open: part.open === true,
    };
  });
}

function partsOf(parts: readonly PartSpec[], field: FieldPlan, place: Place, resolve: ResolveField) {
  requireUnique(parts, place, `${place.json}.nested.parts`);
  return parts.map((part, index) => {
    const { id, open, ...spec } = part;
    const json = `${place.json}.nested.parts.${index}`;
    if (open) throw new FormatError(place.origin, `${json}.open`, "belongs to 'slices' and to tokens");
    return {
      id,
      plan: resolve({ ...spec, name: spec.name ?? id }, { ...place, json, path: `${field.path}.${id}` }),
    };
  });
}

function tlvOf(spec: TlvSpec, field: FieldPlan, place: Place): Nested {
  const fieldEbcdic = field.coding === 'ebcdic' || field.coding === 'ebcdic1047' ? field.coding : undefined;
  const tagCoding = spec.tag.coding ?? fieldEbcdic ?? 'ascii';
  const plan = (path: string, tag: TagSpec, mask: Mask): FieldPlan => entryPlan(spec, field, path, tag, mask);
  const tags = new Map<string, FieldPlan>();
  for (const [tag, known] of Object.entries(spec.tags ?? {})) {
    const size = tagCoding === 'hex' ? tag.length / 2 : tag.length;
    if (size !== spec.tag.bytes) {
      throw new FormatError(
        place.origin,
        `${place.json}.nested.tags.${tag}`,
        `must be a tag of ${spec.tag.bytes} bytes`,
      );
    }
    const id = tagCoding === 'hex' ? tag.toUpperCase() : tag;
    tags.set(id, plan(`${field.path}.${id}`, known, known.mask ?? 'none'));
  }
  const other = plan(
    field.path,
    { name: 'Unknown tag', content: spec.content },
    unknownMask(field, spec.tags),
  );
  return tlvNested({
    path: field.path,
    tagBytes: spec.tag.bytes,
    tagCoding,
    lenient: spec.otherwise === 'text',
    names: [...tags.keys()],
    plans: [...tags.values()],
    other,
  });
}

/** An entry is a field of variable length behind its tag. */
function entryPlan(spec: TlvSpec, field: FieldPlan, path: string, tag: TagSpec, mask: Mask): FieldPlan {
  const kind = tag.content ?? spec.content ?? 'text';
  const content: Content = kind === 'b' ? 'binary' : kind === 'n' ? 'numeric' : 'text';
  const text: Coding = field.coding === 'ebcdic' || field.coding === 'ebcdic1047' ? field.coding : 'ascii';
  const coding: Coding = content === 'binary' ? 'binary' : text;
  const prefixCoding = spec.length.coding ?? (text === 'ascii' ? 'ascii' : 'ebcdic');
  const base = { ascii: 10, ebcdic: 10, bcd: 100, binary: 256 }[prefixCoding];
  const most = Math.min(base ** spec.length.bytes - 1, field.bytes);
  return makePlan({
    path,
    name: tag.name ?? path,
    content,
    coding,
    pad: 'left0',
    units: most,
    bytes: bytesOfUnits(content, coding, most),
    prefixBytes: spec.length.bytes,
    prefixCoding,
    counts: 'bytes',
    maxCount: most,
    mask,
    nested: undefined,
  });
}

function tokensOf(spec: TokensSpec, field: FieldPlan, place: Place): Nested {
  if (field.content !== 'text' || field.prefixBytes === 0) {
    throw new FormatError(
      place.origin,
      `${place.json}.type`,
      "must be text of variable length, such as ans...999, for 'base24-tokens'",
    );
  }
  const tokens = new Map<string, TokenPlan>();
  for (const [id, { name, mask, parts }] of Object.entries(spec.tokens ?? {})) {
    const path = `${field.path}.${id}`;
    const cut =
      parts && tokenParts(parts, field, path, { ...place, json: `${place.json}.nested.tokens.${id}.parts` });
    tokens.set(id, {
      name: name ?? path,
      mask: wholeMask({ mask: mask ?? 'none', nested: cut }),
      parts: cut,
    });
  }
  return base24Nested({
    field,
    lenient: spec.otherwise === 'text',
    tokens,
    other: { name: 'Unknown token', mask: unknownMask(field, spec.tokens), parts: undefined },
  });
}

/** Beside tags that hold secrets, one that the format does not know may hold another. */
function unknownMask(
  field: FieldPlan,
  known: Readonly<Record<string, { readonly mask?: Mask | undefined }>> = {},
): Mask {
  const hasSecret = Object.values(known).some(({ mask = 'none' }) => mask !== 'none');
  return hasSecret ? 'secret' : field.mask;
}

function tokenParts(parts: readonly PartSpec[], field: FieldPlan, path: string, place: Place): Nested {
  const token = makePlan({ ...field, path, prefixBytes: TOKEN_LENGTH_DIGITS, nested: undefined });
  return slicesNested(token, partSlices(parts, token, place, place.json));
}

function berTag(field: FieldPlan, tag: string, known: TagSpec): { name: string; mask: Mask } {
  return { name: known.name ?? `${field.path}.${tag}`, mask: known.mask ?? 'none' };
}

function bitmappedOf(spec: BitmappedSpec, field: FieldPlan, place: Place, resolve: ResolveField): Nested {
  const fields = new Map<string, FieldPlan>();
  for (const [id, sub] of Object.entries(spec.fields).sort(([a], [b]) => Number(a) - Number(b))) {
    const json = `${place.json}.nested.fields.${id}`;
    if (!/^\d{1,2}$/.test(id) || Number(id) < 1 || Number(id) > 64) {
      throw new FormatError(place.origin, json, 'must be a subfield from 1 to 64');
    }
    fields.set(id, resolve(sub, { ...place, json, path: `${field.path}.${id}` }));
  }
  return bitmappedNested({ path: field.path, coding: spec.bitmap ?? 'binary', fields });
}

/** Subfields with codings of their own need a field whose content is bytes, not packed digits. */
function requireBytes(field: FieldPlan, place: Place): void {
  if (field.content === 'text' || field.content === 'binary') return;
  throw new FormatError(
    place.origin,
    `${place.json}.type`,
    'must be b or a text type for this kind of nesting (n and z: slices)',
  );
}

function requireBinary(field: FieldPlan, place: Place, kind: string): void {
  if (field.content === 'binary' && (field.coding === 'binary' || isHex(field.coding))) return;
  throw new FormatError(place.origin, `${place.json}.type`, `must be b, such as b...255, for '${kind}'`);
}

function requireUnique(parts: readonly PartSpec[], place: Place, json: string): void {
  const ids = new Set<string>();
  for (const part of parts) {
    if (ids.has(part.id))
      throw new FormatError(place.origin, json, `must have each id once, not '${part.id}' twice`);
    ids.add(part.id);
  }
}
