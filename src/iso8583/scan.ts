/**
 * Finds where a field ends and checks that its content may be what the format says, without decoding it.
 * Digits, signs, separators, hexadecimal text and filling nibbles are checked, since a wrong one means a wrong
 * reading; the characters of text fields are not, since what partners send there varies.
 */
import { EBCDIC_037, HEX_VALUE } from './chars.js';
import { byteText, fault, Iso8583Error, leftText } from './errors.js';
import { bytesOfCount, type FieldPlan, isHex } from './plan.js';
import { View } from './view.js';

/**
 * The offset behind the field that begins (with its length prefix) at `start`.
 * Throws Iso8583Error; never reads at or behind `limit`.
 */
export function scanField(plan: FieldPlan, frame: Buffer, start: number, limit: number): number {
  const content = start + plan.prefixBytes;
  let end = content + plan.bytes;
  if (plan.prefixBytes > 0) {
    const count = readCount(plan, frame, start, limit);
    if (count > plan.maxCount) tooLong(plan, start, count);
    end = content + (plan.plain ? count : bytesOfCount(plan, count));
  }
  if (end > limit) truncated(plan, content, end, limit);
  if (plan.plain) {
    if (plan.content === 'numeric') checkDigits(plan, frame, content, end, 0x30);
  } else if (plan.content !== 'text') {
    checkContent(plan, frame, content, end);
  }
  if (plan.nested !== undefined && !plan.nested.lenient) checkNested(plan, frame, content, end);
  return end;
}

/** The value of the length prefix at `start`. */
export function readCount(plan: FieldPlan, frame: Buffer, start: number, limit: number): number {
  const width = plan.prefixBytes;
  if (start + width > limit) {
    fault(plan.path, start, `a length of ${width} bytes`, leftText(limit - start));
  }
  let count = 0;
  switch (plan.prefixCoding) {
    case 'ascii':
      for (let i = start; i < start + width; i += 1) {
        const digit = (frame[i] as number) - 0x30;
        if (digit < 0 || digit > 9) badPrefix(plan, frame, i);
        count = count * 10 + digit;
      }
      return count;
    case 'ebcdic':
      for (let i = start; i < start + width; i += 1) {
        const digit = (frame[i] as number) - 0xf0;
        if (digit < 0 || digit > 9) badPrefix(plan, frame, i);
        count = count * 10 + digit;
      }
      return count;
    case 'bcd':
      for (let i = start; i < start + width; i += 1) {
        const byte = frame[i] as number;
        if (byte >> 4 > 9 || (byte & 15) > 9) badPrefix(plan, frame, i);
        count = count * 100 + (byte >> 4) * 10 + (byte & 15);
      }
      return count;
    case 'binary':
      for (let i = start; i < start + width; i += 1) count = count * 256 + (frame[i] as number);
      return count;
  }
}

/** Checks the nested structure of content that is hexadecimal text on the wire or bytes as they are. */
export function checkNested(plan: FieldPlan, frame: Buffer, start: number, end: number): void {
  if (plan.nested === undefined) return;
  if (!isHex(plan.coding)) {
    plan.nested.check(frame, start, end);
    return;
  }
  const view = new View(frame).inner(start, end, plan.coding);
  try {
    plan.nested.check(view.frame, 0, view.frame.length);
  } catch (error) {
    if (!(error instanceof Iso8583Error) || error.offset === undefined) throw error;
    throw error.moved(view.wireOffset(error.offset));
  }
}

function checkContent(plan: FieldPlan, frame: Buffer, start: number, end: number): void {
  if (plan.coding === 'bcd') checkPacked(plan, frame, start, end);
  else if (plan.content === 'numeric')
    checkDigits(plan, frame, start, end, plan.coding === 'ascii' ? 0x30 : 0xf0);
  else if (plan.content === 'amount') checkAmount(plan, frame, start, end);
  else if (plan.content === 'track') checkTrack(plan, frame, start, end);
  else if (isHex(plan.coding)) checkHex(plan, frame, start, end);
}

function checkDigits(plan: FieldPlan, frame: Buffer, start: number, end: number, zero: number): void {
  for (let i = start; i < end; i += 1) {
    const digit = (frame[i] as number) - zero;
    if (digit < 0 || digit > 9) fault(plan.path, i, 'a digit', 'another character');
  }
}

/**
 * Whether there are ASCII digits only. Without a branch a byte: below '0' the one difference is negative, above '9'
 * the other.
 */
export function allDigits(frame: Buffer, start: number, end: number): boolean {
  let signs = 0;
  for (let i = start; i < end; i += 1) {
    const byte = frame[i] as number;
    signs |= (byte - 0x30) | (0x39 - byte);
  }
  return signs >= 0;
}

/** 'C' and 'D' are neighbours in ASCII and in EBCDIC. */
function checkAmount(plan: FieldPlan, frame: Buffer, start: number, end: number): void {
  const ascii = plan.coding === 'ascii';
  const sign = (frame[start] ?? 0) - (ascii ? 0x43 : 0xc3);
  if (sign !== 0 && sign !== 1) fault(plan.path, start, "the sign 'C' or 'D'", byteText(frame[start]));
  checkDigits(plan, frame, start + 1, end, ascii ? 0x30 : 0xf0);
}

/** Track characters: 0x30 to 0x3F of ISO 7813 and the letter D that many use for the separator. */
function checkTrack(plan: FieldPlan, frame: Buffer, start: number, end: number): void {
  const ascii = plan.coding === 'ascii';
  for (let i = start; i < end; i += 1) {
    const byte = frame[i] as number;
    const good = ascii
      ? (byte >= 0x30 && byte <= 0x3f) || byte === 0x44
      : byte >= 0xf0
        ? byte <= 0xf9
        : byte === 0x7e || byte === 0xc4;
    if (!good) fault(plan.path, i, "a digit, '=' or 'D'", 'another character');
  }
}

function checkPacked(plan: FieldPlan, frame: Buffer, start: number, end: number): void {
  let first = start;
  if (plan.content === 'amount') {
    const sign = frame[start] ?? 0;
    if (sign !== 0x43 && sign !== 0x44) fault(plan.path, start, "the sign 'C' or 'D'", byteText(sign));
    first += 1;
  }
  let last = end;
  const odd = oddDigits(plan, frame, start, first, end);
  if (odd) {
    const fill = plan.pad === 'left0' ? (frame[first] ?? 0) >> 4 : (frame[end - 1] ?? 0) & 15;
    if (fill !== (plan.pad === 'rightF' ? 15 : 0)) {
      const at = plan.pad === 'left0' ? first : end - 1;
      const side = plan.pad === 'left0' ? 'left' : 'right';
      fault(
        plan.path,
        at,
        `a filling ${plan.pad === 'rightF' ? 'F' : '0'} at the ${side} of an odd number of digits`,
        'another nibble',
      );
    }
  }
  const trailing = !odd && plan.counts !== 'digits' && plan.prefixBytes > 0 && plan.pad === 'rightF';
  if (odd && plan.pad === 'rightF') last -= 1;
  else if (trailing && end > first && ((frame[end - 1] ?? 0) & 15) === 15) last -= 1;
  const separator = plan.content === 'track' ? 13 : 16;
  for (let i = first; i < last; i += 1) {
    const byte = frame[i] as number;
    if (byte >> 4 > 9 && byte >> 4 !== separator) badNibble(plan, i);
    if ((byte & 15) > 9 && (byte & 15) !== separator) badNibble(plan, i);
  }
  if (last < end) {
    const high = (frame[last] ?? 0) >> 4;
    if (high > 9 && high !== separator) badNibble(plan, last);
  }
}

/** Whether packed content holds an odd number of digits and so a filling nibble. */
export function oddDigits(
  plan: FieldPlan,
  frame: Buffer,
  content: number,
  first: number,
  end: number,
): boolean {
  if (plan.prefixBytes === 0) return (plan.units & 1) === 1;
  if (plan.counts === 'bytes' || first === end) return false;
  return (readCount(plan, frame, content - plan.prefixBytes, content) & 1) === 1;
}

function checkHex(plan: FieldPlan, frame: Buffer, start: number, end: number): void {
  if (((end - start) & 1) === 1)
    fault(plan.path, start, 'an even number of hexadecimal digits', `${end - start}`);
  const table = plan.coding === 'hex' ? undefined : EBCDIC_037.toLatin1;
  for (let i = start; i < end; i += 1) {
    const byte = frame[i] as number;
    const value = HEX_VALUE[table === undefined ? byte : (table[byte] ?? 0)];
    if (value === 255) fault(plan.path, i, 'a hexadecimal digit', 'another character');
  }
}

function badNibble(plan: FieldPlan, offset: number): never {
  fault(
    plan.path,
    offset,
    plan.content === 'track' ? 'packed digits or the separator D' : 'packed digits',
    'another nibble',
  );
}

function badPrefix(plan: FieldPlan, frame: Buffer, offset: number): never {
  const coding = { ascii: 'decimal digits', ebcdic: 'EBCDIC digits', bcd: 'packed digits', binary: 'binary' };
  const bytes = `${plan.prefixBytes} ${plan.prefixBytes === 1 ? 'byte' : 'bytes'}`;
  fault(plan.path, offset, `a length of ${bytes} in ${coding[plan.prefixCoding]}`, byteText(frame[offset]));
}

function tooLong(plan: FieldPlan, offset: number, count: number): never {
  fault(plan.path, offset, `a length of at most ${plan.maxCount}`, `${count}`);
}

function truncated(plan: FieldPlan, content: number, end: number, limit: number): never {
  fault(plan.path, content, `${end - content} bytes of content`, leftText(limit - content));
}
