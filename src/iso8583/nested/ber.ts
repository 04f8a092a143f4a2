/**
 * BER-TLV as EMV uses it (DE55): tags of one to four bytes, definite lengths, filling zero bytes between entries.
 * Every length is checked against what is left before anything is read; the indefinite form is refused. Constructed
 * entries are kept whole. Lengths are written in their shortest form.
 * Maximums: tag 4 bytes, length 4 bytes.
 */
import { fault } from '../errors.js';
import { maskText } from '../mask.js';
import { overwriteHalves } from '../overwrite.js';
import type { Nested } from '../plan.js';
import type { Mask } from '../schema.js';
import type { FieldRow, FieldValue, TlvEntry } from '../types.js';
import type { View } from '../view.js';
import type { Writer } from '../writer.js';

const MAX_TAG_BYTES = 4;
const MAX_LENGTH_BYTES = 4;

export interface BerTag {
  readonly name: string;
  readonly mask: Mask;
}

export interface BerShape {
  readonly path: string;
  readonly tags: ReadonlyMap<string, BerTag>;
  /** For tags that the format does not name. */
  readonly other: BerTag;
}

interface Entry {
  readonly tag: string;
  readonly start: number;
  readonly end: number;
}

export function berNested(shape: BerShape): Nested {
  const tagOf = (tag: string) => shape.tags.get(tag) ?? shape.other;
  return {
    lenient: false,
    sensitive: shape.other.mask !== 'none' || [...shape.tags.values()].some((tag) => tag.mask !== 'none'),
    check(frame, start, end) {
      walk(shape, frame, start, end);
    },
    find(view, start, end, path) {
      const entry = walk(shape, view.frame, start, end).find((candidate) => candidate.tag === path);
      return entry === undefined ? undefined : hexText(view, entry);
    },
    value: (view, start, end) =>
      walk(shape, view.frame, start, end).map(
        ({ tag, start: from, end: to }): TlvEntry => [tag, view.frame.subarray(from, to)],
      ),
    write(writer, value) {
      if (!Array.isArray(value))
        fault(shape.path, undefined, 'a Buffer, hexadecimal text or a list of [tag, value]');
      for (const entry of value as readonly TlvEntry[]) writeEntry(shape, writer, entry);
    },
    rows: (view, start, end, clear) =>
      walk(shape, view.frame, start, end).map((entry): FieldRow => {
        const { name, mask } = tagOf(entry.tag);
        const text = hexText(view, entry);
        return {
          path: `${shape.path}.${entry.tag}`,
          name,
          offset: view.wireOffset(entry.start),
          length: view.wireLength(entry.end - entry.start),
          value: clear ? text : maskText(mask, text),
          sensitive: mask !== 'none',
        };
      }),
    overwrite(view, start, end, out) {
      for (const { tag, start: from, end: to } of walk(shape, view.frame, start, end))
        overwriteHalves(tagOf(tag).mask, from * 2, (to - from) * 2, out);
    },
    describe: tagOf,
  };
}

function hexText(view: View, entry: Entry): string {
  return view.frame.toString('hex', entry.start, entry.end).toUpperCase();
}

/** All entries; throws Iso8583Error at the first byte that does not fit. */
function walk(shape: BerShape, frame: Buffer, start: number, end: number): Entry[] {
  const entries: Entry[] = [];
  let at = start;
  while (at < end) {
    if (frame[at] === 0) {
      at += 1;
      continue;
    }
    const tagEnd = endOfTag(shape, frame, at, end);
    const tag = frame.toString('hex', at, tagEnd).toUpperCase();
    const path = shape.tags.has(tag) ? `${shape.path}.${tag}` : `${shape.path}.#${entries.length + 1}`;
    const { length, content } = lengthAt(path, frame, tagEnd, end);
    if (length > end - content) fault(path, tagEnd, `a length of at most ${end - content}`, `${length}`);
    entries.push({ tag, start: content, end: content + length });
    at = content + length;
  }
  return entries;
}

function endOfTag(shape: BerShape, frame: Buffer, start: number, end: number): number {
  if (((frame[start] ?? 0) & 0x1f) !== 0x1f) return start + 1;
  for (let at = start + 1; at < end && at < start + MAX_TAG_BYTES; at += 1) {
    if (((frame[at] ?? 0) & 0x80) === 0) return at + 1;
  }
  fault(
    shape.path,
    start,
    `a tag that ends within ${MAX_TAG_BYTES} bytes and before the field does`,
    'a longer one',
  );
}

function lengthAt(
  path: string,
  frame: Buffer,
  start: number,
  end: number,
): { length: number; content: number } {
  if (start >= end) fault(path, start, 'a length', 'the end');
  const first = frame[start] ?? 0;
  if (first < 0x80) return { length: first, content: start + 1 };
  const bytes = first & 0x7f;
  if (bytes === 0) fault(path, start, 'a definite length', 'the indefinite form');
  if (bytes > MAX_LENGTH_BYTES)
    fault(path, start, `a length of at most ${MAX_LENGTH_BYTES} bytes`, `${bytes}`);
  if (bytes > end - start - 1) fault(path, start, `${bytes} bytes of length`, `only ${end - start - 1} more`);
  let length = 0;
  for (let i = start + 1; i <= start + bytes; i += 1) length = length * 256 + (frame[i] ?? 0);
  return { length, content: start + 1 + bytes };
}

function writeEntry(shape: BerShape, writer: Writer, entry: TlvEntry): void {
  const [tagText, value] = entry;
  const tag =
    typeof tagText === 'string' && /^([0-9A-Fa-f]{2})+$/.test(tagText)
      ? Buffer.from(tagText, 'hex')
      : Buffer.alloc(0);
  if (
    tag.length === 0 ||
    tag[0] === 0 ||
    tag.length > MAX_TAG_BYTES ||
    endOfTag(shape, tag, 0, tag.length) !== tag.length
  ) {
    fault(shape.path, undefined, 'BER tags in hexadecimal', 'another tag');
  }
  const data = bytesOf(`${shape.path}.${tagText}`, value);
  const length = lengthBytes(data.length);
  writer.reserve(tag.length + length.length + data.length);
  for (const part of [tag, length, data]) {
    writer.buffer.set(part, writer.position);
    writer.position += part.length;
  }
}

function bytesOf(path: string, value: FieldValue): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string' && /^([0-9A-Fa-f]{2})*$/.test(value)) return Buffer.from(value, 'hex');
  fault(path, undefined, 'a Buffer or hexadecimal text', 'another value');
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
