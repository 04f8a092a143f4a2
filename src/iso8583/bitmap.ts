/**
 * Bitmaps as 32-bit words: word 0 holds bits 1 to 32, its highest bit being bit 1. One bitmap is two words.
 * Maximum: three bitmaps, 192 bits.
 */
import { EBCDIC_037, HEX_CODE, HEX_VALUE } from './chars.js';
import { fault } from './errors.js';
import type { BitmapCoding } from './schema.js';

/** Bytes of one bitmap on the wire. */
export function bitmapBytes(coding: BitmapCoding): number {
  return coding === 'binary' ? 8 : 16;
}

/** The 32 bits at `offset`; room was checked before. */
export function readWord(coding: BitmapCoding, frame: Buffer, offset: number, path: string): number {
  if (coding === 'binary') {
    return (
      ((frame[offset] as number) << 24) |
      ((frame[offset + 1] as number) << 16) |
      ((frame[offset + 2] as number) << 8) |
      (frame[offset + 3] as number)
    );
  }
  let word = 0;
  for (let i = offset; i < offset + 8; i += 1) {
    const byte = frame[i] as number;
    const value = HEX_VALUE[coding === 'hex' ? byte : (EBCDIC_037.toLatin1[byte] ?? 0)] ?? 255;
    if (value === 255) badDigit(coding, path, i);
    word = (word << 4) | value;
  }
  return word;
}

/** Writes 32 bits at `offset`; room was reserved before. */
export function writeWord(coding: BitmapCoding, out: Buffer, offset: number, word: number): void {
  if (coding === 'binary') {
    out[offset] = word >>> 24;
    out[offset + 1] = (word >>> 16) & 255;
    out[offset + 2] = (word >>> 8) & 255;
    out[offset + 3] = word & 255;
    return;
  }
  for (let i = 0; i < 8; i += 1) {
    const digit = HEX_CODE[(word >>> (28 - 4 * i)) & 15] ?? 0;
    out[offset + i] = coding === 'hex' ? digit : (EBCDIC_037.fromLatin1[digit] ?? 0);
  }
}

/** Whether bit `bit` (1 to 32) of a word is set. */
export function hasBit(word: number, bit: number): boolean {
  return ((word << (bit - 1)) & 0x80000000) !== 0;
}

function badDigit(coding: BitmapCoding, path: string, offset: number): never {
  fault(
    path,
    offset,
    `a bitmap in hexadecimal${coding === 'hex' ? '' : ' (EBCDIC)'}`,
    'another character; a binary bitmap?',
  );
}
