/**
 * Encodes one field. Numbers are filled with zeros at the left and text with spaces at the right up to a fixed
 * length, as the standard aligns them; nothing is ever cut: a value that does not fit is an Iso8583Error.
 * Buffer is imported because the global of that name is a getter, which is slow to call for every nested field.
 */
import { Buffer } from 'node:buffer';
import { EBCDIC_037, EBCDIC_1047, HEX_CODE, HEX_VALUE } from './chars.js';
import { fault } from './errors.js';
import { bytesOfUnits, countOfUnits, type FieldPlan, isHex } from './plan.js';
import type { FieldValue } from './types.js';
import { Writer } from './writer.js';

/** Writes a field with its length prefix. Throws Iso8583Error with the field's path. */
export function writeField(plan: FieldPlan, writer: Writer, value: FieldValue): void {
  if (typeof value === 'string') {
    if (plan.plain) writePlain(plan, writer, value);
    else writeText(plan, writer, value);
  } else if (Buffer.isBuffer(value)) writeBytes(plan, writer, value);
  else writeNested(plan, writer, value);
}

/** What `writeText` does, for plain fields. A wrong character is found behind the loop, which has one branch less. */
function writePlain(plan: FieldPlan, writer: Writer, text: string): void {
  const length = text.length;
  if (length > plan.units) checkUnits(plan, length);
  const width = plan.prefixBytes;
  const written = width === 0 ? plan.units : length;
  writer.reserve(width + written);
  const out = writer.buffer;
  let at = writer.position;
  for (let i = width - 1, rest = length; i >= 0; i -= 1) {
    out[at + i] = 0x30 + (rest % 10);
    rest = (rest / 10) | 0;
  }
  at += width;
  if (plan.content === 'numeric') {
    for (let fill = written - length; fill > 0; fill -= 1) out[at++] = 0x30;
    let signs = 0;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      signs |= (code - 0x30) | (0x39 - code);
      out[at++] = code;
    }
    if (signs < 0) fault(plan.path, undefined, 'decimal digits', 'another character');
  } else {
    let bits = 0;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      bits |= code;
      out[at++] = code;
    }
    if (bits > 255) fault(plan.path, undefined, 'Latin-1 characters', 'another character');
    for (let fill = written - length; fill > 0; fill -= 1) out[at++] = 0x20;
  }
  writer.position = at;
}

function writeNested(plan: FieldPlan, writer: Writer, value: FieldValue): void {
  const nested = plan.nested;
  if (nested === undefined || typeof value !== 'object' || value === null) {
    fault(
      plan.path,
      undefined,
      plan.content === 'binary' ? 'a Buffer or hexadecimal text' : 'text',
      kindOf(value),
    );
  }
  if (nested.compose !== undefined) {
    writeText(plan, writer, nested.compose(value));
  } else if (isHex(plan.coding)) {
    const inner = new Writer();
    nested.write(inner, value);
    writeBytes(plan, writer, inner.take());
  } else {
    const prefix = beginField(plan, writer);
    nested.write(writer, value);
    endField(plan, writer, prefix);
  }
}

/** Writes text: digits, characters, or hexadecimal digits for binary content. */
function writeText(plan: FieldPlan, writer: Writer, text: string): void {
  if (plan.content === 'binary') {
    writeBytes(plan, writer, bytesOfHex(plan, text));
    return;
  }
  const units = plan.content === 'amount' ? text.length - 1 : text.length;
  checkUnits(plan, units);
  const written = plan.prefixBytes === 0 ? plan.units : units;
  const bytes = bytesOfUnits(plan.content, plan.coding, written);
  writer.reserve(plan.prefixBytes + bytes);
  if (plan.prefixBytes > 0) writeCount(plan, writer, countOfUnits(plan, units, bytes));
  if (plan.coding === 'bcd') writePacked(plan, writer, text, units, written);
  else if (plan.content === 'text') writeChars(plan, writer, text, written);
  else if (plan.content === 'track') writeTrack(plan, writer, text);
  else writeDigits(plan, writer, text, written - units);
}

/** Digits, after the sign of an amount, filled with zeros at the left. */
function writeDigits(plan: FieldPlan, writer: Writer, text: string, fill: number): void {
  const out = writer.buffer;
  const zero = plan.coding === 'ascii' ? 0x30 : 0xf0;
  let at = writer.position;
  let from = 0;
  if (plan.content === 'amount') {
    out[at++] = signOf(plan, text) + (plan.coding === 'ascii' ? 0 : 0x80);
    from = 1;
  }
  for (let i = 0; i < fill; i += 1) out[at++] = zero;
  for (let i = from; i < text.length; i += 1) out[at++] = digitOf(plan, text, i) + zero;
  writer.position = at;
}

/** Writes binary content; for other content a Buffer is its bytes as Latin-1 text. */
function writeBytes(plan: FieldPlan, writer: Writer, data: Buffer): void {
  if (plan.content !== 'binary') {
    if (plan.content !== 'text') fault(plan.path, undefined, 'text', 'a Buffer');
    writeText(plan, writer, data.toString('latin1', 0, data.length));
    return;
  }
  if (plan.prefixBytes === 0 ? data.length !== plan.units : data.length > plan.units) {
    fault(
      plan.path,
      undefined,
      `${plan.prefixBytes === 0 ? '' : 'at most '}${plan.units} bytes`,
      `${data.length}`,
    );
  }
  const bytes = bytesOfUnits('binary', plan.coding, data.length);
  writer.reserve(plan.prefixBytes + bytes);
  if (plan.prefixBytes > 0) writeCount(plan, writer, countOfUnits(plan, data.length, bytes));
  const out = writer.buffer;
  let at = writer.position;
  writer.position = at + bytes;
  if (!isHex(plan.coding)) {
    out.set(data, at);
    return;
  }
  const ebcdic = plan.coding === 'hex-ebcdic';
  for (let i = 0; i < data.length; i += 1) {
    const byte = data[i] ?? 0;
    const high = HEX_CODE[byte >> 4] ?? 0;
    const low = HEX_CODE[byte & 15] ?? 0;
    out[at++] = ebcdic ? (EBCDIC_037.fromLatin1[high] ?? 0) : high;
    out[at++] = ebcdic ? (EBCDIC_037.fromLatin1[low] ?? 0) : low;
  }
}

/** Leaves room for the length prefix of content of unknown length; `endField` writes it. */
function beginField(plan: FieldPlan, writer: Writer): number {
  writer.reserve(plan.prefixBytes);
  const distance = writer.written;
  writer.position += plan.prefixBytes;
  return distance;
}

function endField(plan: FieldPlan, writer: Writer, distance: number): void {
  const end = writer.position;
  const bytes = writer.written - distance - plan.prefixBytes;
  if (plan.prefixBytes === 0) {
    if (bytes !== plan.bytes) fault(plan.path, undefined, `${plan.bytes} bytes`, `${bytes}`);
    return;
  }
  if (bytes > plan.bytes) fault(plan.path, undefined, `at most ${plan.bytes} bytes`, `${bytes}`);
  const units = plan.coding === 'bcd' ? bytes << 1 : bytes;
  writer.position = writer.at(distance);
  writeCount(plan, writer, countOfUnits(plan, units, bytes));
  writer.position = end;
}

/** Writes a length prefix; room was reserved before. */
export function writeCount(plan: FieldPlan, writer: Writer, count: number): void {
  const out = writer.buffer;
  let rest = count;
  const first = writer.position;
  writer.position = first + plan.prefixBytes;
  for (let at = writer.position - 1; at >= first; at -= 1) {
    switch (plan.prefixCoding) {
      case 'ascii':
        out[at] = 0x30 + (rest % 10);
        rest = (rest / 10) | 0;
        break;
      case 'ebcdic':
        out[at] = 0xf0 + (rest % 10);
        rest = (rest / 10) | 0;
        break;
      case 'bcd':
        out[at] = ((((rest / 10) | 0) % 10) << 4) | (rest % 10);
        rest = (rest / 100) | 0;
        break;
      case 'binary':
        out[at] = rest & 255;
        rest = (rest / 256) | 0;
        break;
    }
  }
  if (rest > 0)
    fault(plan.path, undefined, `content that a length of ${plan.prefixBytes} bytes can tell`, `${count}`);
}

/** Characters, filled with spaces at the right. */
function writeChars(plan: FieldPlan, writer: Writer, text: string, written: number): void {
  const out = writer.buffer;
  const ascii = plan.coding === 'ascii';
  const table = (plan.coding === 'ebcdic1047' ? EBCDIC_1047 : EBCDIC_037).fromLatin1;
  let at = writer.position;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 255) fault(plan.path, undefined, 'Latin-1 characters', 'another character');
    out[at++] = ascii ? code : (table[code] ?? 0);
  }
  for (let i = text.length; i < written; i += 1) out[at++] = ascii ? 0x20 : 0x40;
  writer.position = at;
}

function writeTrack(plan: FieldPlan, writer: Writer, text: string): void {
  const out = writer.buffer;
  const ascii = plan.coding === 'ascii';
  let at = writer.position;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const good = code === 0x3d || code === 0x44 || (code >= 0x30 && code <= (ascii ? 0x3f : 0x39));
    if (!good) fault(plan.path, undefined, "digits, '=' or 'D'", 'another character');
    out[at++] = ascii ? code : (EBCDIC_037.fromLatin1[code] ?? 0);
  }
  writer.position = at;
}

function writePacked(plan: FieldPlan, writer: Writer, text: string, units: number, written: number): void {
  const out = writer.buffer;
  let at = writer.position;
  let from = 0;
  if (plan.content === 'amount') {
    out[at++] = signOf(plan, text);
    from = 1;
  }
  const leading = written - units + (plan.pad === 'left0' ? written & 1 : 0);
  let nibbles = leading;
  let byte = 0;
  for (let fill = 0; fill < leading >> 1; fill += 1) out[at++] = 0;
  for (let i = from; i < text.length; i += 1) {
    const digit = plan.content === 'track' ? trackNibble(plan, text, i) : digitOf(plan, text, i);
    if ((nibbles & 1) === 0) byte = digit << 4;
    else out[at++] = byte | digit;
    nibbles += 1;
  }
  if ((nibbles & 1) === 1) out[at++] = byte | (plan.pad === 'rightF' ? 15 : 0);
  writer.position = at;
}

function trackNibble(plan: FieldPlan, text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code === 0x3d || code === 0x44 ? 13 : digitOf(plan, text, index);
}

function digitOf(plan: FieldPlan, text: string, index: number): number {
  const digit = text.charCodeAt(index) - 0x30;
  if (digit < 0 || digit > 9) fault(plan.path, undefined, 'decimal digits', 'another character');
  return digit;
}

function signOf(plan: FieldPlan, text: string): number {
  const code = text.charCodeAt(0);
  if (code !== 0x43 && code !== 0x44)
    fault(plan.path, undefined, "the sign 'C' or 'D' before the digits", 'another character');
  return code;
}

function checkUnits(plan: FieldPlan, units: number): void {
  if (units > plan.units) {
    const what = plan.content === 'text' ? 'characters' : 'digits';
    fault(plan.path, undefined, `at most ${plan.units} ${what}`, `${units}`);
  }
  if (units < 0) fault(plan.path, undefined, "the sign 'C' or 'D' before the digits", 'nothing');
}

function bytesOfHex(plan: FieldPlan, text: string): Buffer {
  const bad =
    (text.length & 1) === 1 ||
    Array.prototype.some.call(
      text,
      (digit: string) => HEX_VALUE[digit.charCodeAt(0)] === 255 || digit.charCodeAt(0) > 255,
    );
  if (bad) fault(plan.path, undefined, 'an even number of hexadecimal digits', `${text.length} characters`);
  return Buffer.from(text, 'hex');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
