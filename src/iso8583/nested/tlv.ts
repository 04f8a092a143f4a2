/**
 * A sequence of tag, length, value with tags and lengths of fixed width. Unknown tags are kept; entries keep their
 * order and repeats. Error texts name known tags only: an unknown one may be data that was taken for a tag.
 */
import { type CharTable, EBCDIC_037, EBCDIC_1047, HEX_VALUE } from '../chars.js';
import { fault, Iso8583Error } from '../errors.js';
import { maskText } from '../mask.js';
import { overwriteField } from '../overwrite.js';
import type { FieldPlan, Nested } from '../plan.js';
import { readText, readValue } from '../read.js';
import { scanField } from '../scan.js';
import type { FieldRow, FieldValue, TlvEntry } from '../types.js';
import type { View } from '../view.js';
import { writeField } from '../write.js';
import { Writer } from '../writer.js';

export interface TlvShape {
  /** The path of the field that holds the entries. */
  readonly path: string;
  readonly tagBytes: number;
  readonly tagCoding: 'ascii' | 'ebcdic' | 'ebcdic1047' | 'hex';
  readonly lenient: boolean;
  /** Known tags. */
  readonly names: readonly string[];
  /** By position among `names`. A plan's prefix is the entry's length. */
  readonly plans: readonly FieldPlan[];
  /** For every other tag. */
  readonly other: FieldPlan;
}

/** With the bytes of the known tags, one behind the other. */
interface Shape extends TlvShape {
  readonly tags: Buffer;
}

export function tlvNested(spec: TlvShape): Nested {
  const tagBytes = spec.names.map((tag) => {
    const writer = new Writer();
    writeTag(spec, writer, tag);
    return writer.take();
  });
  const shape: Shape = { ...spec, tags: Buffer.concat(tagBytes) };
  return {
    lenient: shape.lenient,
    sensitive: shape.other.mask !== 'none' || shape.plans.some((plan) => plan.mask !== 'none'),
    check(frame, start, end) {
      let index = 0;
      for (let at = start; at < end; index += 1) at = nextEntry(shape, frame, at, end, index);
    },
    find(view, start, end, tag) {
      const known = knownPlan(shape, tag);
      for (let at = start, index = 0; at < end; index += 1) {
        const next = nextEntry(shape, view.frame, at, end, index);
        const isIt = known
          ? knownPlanAt(shape, view.frame, at) === known
          : tagAt(shape, view.frame, at) === tag;
        if (isIt) {
          const plan = known ?? shape.other;
          return readText(plan, view, at + shape.tagBytes + plan.prefixBytes, next);
        }
        at = next;
      }
      return undefined;
    },
    value: (view, start, end) => entries(shape, view, start, end),
    write(writer, value) {
      if (!Array.isArray(value))
        fault(shape.path, undefined, 'text or a list of [tag, value]', 'another value');
      for (let i = 0; i < value.length; i += 1) writeEntry(shape, tagBytes, writer, value[i]);
    },
    rows: (view, start, end, clear) => rows(shape, view, start, end, clear),
    overwrite(view, start, end, out) {
      for (let at = start, index = 0; at < end; index += 1) {
        const next = nextEntry(shape, view.frame, at, end, index);
        const plan = planOf(shape, tagAt(shape, view.frame, at));
        overwriteField(plan, view, at + shape.tagBytes + plan.prefixBytes, next, out);
        at = next;
      }
    },
    describe: (tag) => planOf(shape, tag),
  };
}

/** Few tags are known, so that comparing them in turn is quicker than a map. */
function knownPlan(shape: TlvShape, tag: string): FieldPlan | undefined {
  const names = shape.names;
  for (let i = 0; i < names.length; i += 1) if (names[i] === tag) return shape.plans[i];
  return undefined;
}

function planOf(shape: TlvShape, tag: string): FieldPlan {
  return knownPlan(shape, tag) ?? shape.other;
}

/** The same by the bytes of the tag at `start`, which makes no text. */
function knownPlanAt({ tags, tagBytes, plans }: Shape, frame: Buffer, start: number): FieldPlan | undefined {
  for (let i = 0, at = 0; i < plans.length; i += 1, at += tagBytes) {
    let same = 0;
    while (same < tagBytes && tags[at + same] === frame[start + same]) same += 1;
    if (same === tagBytes) return plans[i];
  }
  return undefined;
}

/** The offset behind the entry at `start`; throws with the entry's path. */
function nextEntry(shape: Shape, frame: Buffer, start: number, end: number, index: number): number {
  const content = start + shape.tagBytes;
  if (content > end) fault(shape.path, start, `a tag of ${shape.tagBytes} bytes`, `only ${end - start} more`);
  const known = knownPlanAt(shape, frame, start);
  try {
    return scanField(known ?? shape.other, frame, content, end);
  } catch (error) {
    if (known === undefined && error instanceof Iso8583Error) throw error.at(`${shape.path}.#${index + 1}`);
    throw error;
  }
}

function tagAt(shape: TlvShape, frame: Buffer, start: number): string {
  if (shape.tagCoding === 'hex') return frame.toString('hex', start, start + shape.tagBytes).toUpperCase();
  const table = tableOf(shape);
  let tag = '';
  for (let i = start; i < start + shape.tagBytes; i += 1) {
    const byte = frame[i] ?? 0;
    tag += String.fromCharCode(table === undefined ? byte : (table.toLatin1[byte] ?? 0));
  }
  return tag;
}

function tableOf(shape: TlvShape): CharTable | undefined {
  if (shape.tagCoding === 'ebcdic') return EBCDIC_037;
  return shape.tagCoding === 'ebcdic1047' ? EBCDIC_1047 : undefined;
}

function entries(shape: Shape, view: View, start: number, end: number): TlvEntry[] {
  const found: TlvEntry[] = [];
  for (let at = start; at < end; ) {
    const next = nextEntry(shape, view.frame, at, end, found.length);
    const tag = tagAt(shape, view.frame, at);
    const plan = planOf(shape, tag);
    found.push([tag, readValue(plan, view, at + shape.tagBytes + plan.prefixBytes, next)]);
    at = next;
  }
  return found;
}

function rows(shape: Shape, view: View, start: number, end: number, clear: boolean): FieldRow[] {
  const found: FieldRow[] = [];
  for (let at = start; at < end; ) {
    const next = nextEntry(shape, view.frame, at, end, found.length);
    const tag = tagAt(shape, view.frame, at);
    const plan = planOf(shape, tag);
    const content = at + shape.tagBytes + plan.prefixBytes;
    const text = readText(plan, view, content, next);
    found.push({
      path: `${shape.path}.${tag}`,
      name: plan.name,
      offset: view.wireOffset(content),
      length: view.wireLength(next - content),
      value: clear ? text : maskText(plan.mask, text),
      sensitive: plan.mask !== 'none',
    });
    at = next;
  }
  return found;
}

function writeTag(shape: TlvShape, writer: Writer, tag: string): void {
  const binary = shape.tagCoding === 'hex';
  if (tag.length !== (binary ? 2 * shape.tagBytes : shape.tagBytes)) {
    fault(shape.path, undefined, `tags of ${shape.tagBytes} bytes`, `one of ${tag.length} characters`);
  }
  writer.reserve(shape.tagBytes);
  const out = writer.buffer;
  const table = tableOf(shape);
  let at = writer.position;
  for (let i = 0; i < tag.length; i += binary ? 2 : 1) {
    const code = binary ? hexByte(tag, i) : tag.charCodeAt(i);
    if (code > 255)
      fault(shape.path, undefined, `tags ${binary ? 'in hexadecimal' : 'of Latin-1 characters'}`, 'another');
    out[at++] = table === undefined ? code : (table.fromLatin1[code] ?? 0);
  }
  writer.position = at;
}

/** The byte of two hex digits; above 255 when they are not. */
function hexByte(text: string, index: number): number {
  const high = HEX_VALUE[text.charCodeAt(index)] ?? 255;
  const low = HEX_VALUE[text.charCodeAt(index + 1)] ?? 255;
  return high === 255 || low === 255 ? 256 : (high << 4) | low;
}

/** `tagBytes` by position among the known tags. */
function writeEntry(shape: TlvShape, tagBytes: readonly Buffer[], writer: Writer, entry: unknown): void {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || entry[1] === undefined) {
    fault(shape.path, undefined, 'entries of the form [tag, value]', 'another value');
  }
  const names = shape.names;
  for (let i = 0; i < names.length; i += 1) {
    if (names[i] !== entry[0]) continue;
    const bytes = tagBytes[i] as Buffer;
    writer.reserve(bytes.length);
    const out = writer.buffer;
    let at = writer.position;
    for (let j = 0; j < bytes.length; j += 1) out[at++] = bytes[j] as number;
    writer.position = at;
    writeField(shape.plans[i] as FieldPlan, writer, entry[1]);
    return;
  }
  writeTag(shape, writer, entry[0]);
  writeUnknown(shape, writer, entry[0], entry[1]);
}

function writeUnknown(shape: TlvShape, writer: Writer, tag: string, value: FieldValue): void {
  try {
    writeField(shape.other, writer, value);
  } catch (error) {
    throw error instanceof Iso8583Error ? error.at(`${shape.path}.${tag}`) : error;
  }
}
