/**
 * The head of a message: message type and bitmaps. Bitmaps are worked on as six 32-bit words (bits 1 to 192)
 * without the bits that only tell of a further bitmap.
 */
import { bitmapBytes, readWord, writeWord } from './bitmap.js';
import { byteText, fault, leftText } from './errors.js';
import type { BitmapCoding } from './schema.js';

export interface Head {
  readonly mti: 'ascii' | 'ebcdic' | 'bcd';
  readonly bitmap: BitmapCoding;
  /** The most bitmaps there may be: 1 to 3. */
  readonly maximum: number;
  /** Bitmaps that are there even when empty: 1 or 2. */
  readonly always: number;
  /** Whether bit 1 tells of the second bitmap; if not, it is left off. */
  readonly firstBit: boolean;
}

/** Words of the bitmaps together. */
export const WORDS = 6;

export function mtiBytes(head: Head): number {
  return head.mti === 'bcd' ? 2 : 4;
}

export function readMti(head: Head, frame: Buffer): string {
  const bytes = mtiBytes(head);
  if (frame.length < bytes) fault('mti', 0, `a message type of ${bytes} bytes`, leftText(frame.length));
  if (head.mti === 'bcd') {
    return mtiText(packedPair(frame, 0) * 100 + packedPair(frame, 1));
  }
  const zero = head.mti === 'ascii' ? 0x30 : 0xf0;
  let number = 0;
  for (let i = 0; i < 4; i += 1) {
    const digit = (frame[i] as number) - zero;
    if (digit < 0 || digit > 9) badMti(head, frame, i);
    number = number * 10 + digit;
  }
  return mtiText(number);

  function packedPair(from: Buffer, offset: number): number {
    const byte = from[offset] ?? 0;
    if (byte >> 4 > 9 || (byte & 15) > 9) badMti(head, from, offset);
    return (byte >> 4) * 10 + (byte & 15);
  }
}

/** Reads the bitmaps into `words`; the offset behind them. */
export function readBitmaps(head: Head, frame: Buffer, words: Int32Array): number {
  const size = bitmapBytes(head.bitmap);
  let at = mtiBytes(head);
  for (let index = 0; index < WORDS; index += 1) words[index] = 0;
  for (let index = 0; index < head.maximum; index += 1) {
    if (at + size > frame.length)
      fault('bitmap', at, `a bitmap of ${size} bytes`, leftText(frame.length - at));
    const first = readWord(head.bitmap, frame, at, 'bitmap');
    const more = first < 0;
    const followed = index + 1 < head.maximum;
    if (more && index === 0 && !followed) fault('bitmap', at, 'bit 1 off in a format of one bitmap', 'it on');
    words[2 * index] = more && (followed || index === 0) ? first & 0x7fffffff : first;
    words[2 * index + 1] = readWord(head.bitmap, frame, at + (size >> 1), 'bitmap');
    at += size;
    if (index + 1 >= head.always && !more) break;
  }
  return at;
}

/** The bytes of the message type `mti`, which must be four digits, and of the bitmaps for `words`. */
export function headOf(head: Head, mti: string, words: Int32Array): Buffer {
  const third = ((words[4] ?? 0) | (words[5] ?? 0)) !== 0;
  const second = ((words[2] ?? 0) | (words[3] ?? 0)) !== 0;
  const count = third ? 3 : Math.max(head.always, second ? 2 : 1);
  const half = bitmapBytes(head.bitmap) >> 1;
  const start = mtiBytes(head);
  const out = Buffer.alloc(start + 2 * half * count);
  writeMti(head, out, mti);
  for (let index = 0; index < 2 * count; index += 1) {
    let word = words[index] ?? 0;
    if ((index === 0 && count > 1 && head.firstBit) || (index === 2 && third)) word |= 0x80000000;
    writeWord(head.bitmap, out, start + index * half, word);
  }
  return out;
}

function writeMti(head: Head, out: Buffer, mti: string): void {
  if (mti.length !== 4) fault('mti', undefined, 'four digits', `${mti.length} characters`);
  if (!/^[0-9]{4}$/.test(mti)) fault('mti', undefined, 'four digits', 'another character');
  if (head.mti === 'bcd') out.write(mti, 0, 2, 'hex');
  else for (let i = 0; i < 4; i += 1) out[i] = mti.charCodeAt(i) + (head.mti === 'ebcdic' ? 0xc0 : 0);
}

/** Texts of all message types, made once, so that reading one makes no string. */
const MTI_TEXTS: readonly string[] = Array.from({ length: 10000 }, (_, number) =>
  String(number).padStart(4, '0'),
);

function mtiText(number: number): string {
  return MTI_TEXTS[number] ?? '';
}

function badMti(head: Head, frame: Buffer, offset: number): never {
  const names = { ascii: 'ASCII digits', ebcdic: 'EBCDIC digits', bcd: 'packed digits' };
  fault('mti', offset, `a message type of four ${names[head.mti]}`, byteText(frame[offset]));
}
