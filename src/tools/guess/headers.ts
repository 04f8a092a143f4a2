/**
 * Where in a frame the message begins: the distances at which most frames have a message type and a bitmap that may
 * be ones.
 * Maximums: headers of HEADER_BYTES_MAX bytes; HEADERS_KEPT distances.
 */
import { messageTypeMeaning } from '../meaning/messageTypes.js';

const HEADER_BYTES_MAX = 64;
const HEADERS_KEPT = 4;
/** Frames looked at, and the share of them that must begin so. */
const FRAMES_SEEN = 40;
const SHARE_MIN = 0.6;
const BITMAP_BYTES = 8;
/** Fields of a message, as bits of its first bitmap: fewer say nothing, more are no bitmap. */
const BITS = { least: 2, most: 50 } as const;

/** The likeliest distances first. */
export function headerLengths(frames: readonly Buffer[]): number[] {
  const step = Math.max(1, Math.floor(frames.length / FRAMES_SEEN));
  const seen = frames.filter((_, at) => at % step === 0).slice(0, FRAMES_SEEN);
  const found: { length: number; share: number }[] = [];
  for (let length = 0; length <= HEADER_BYTES_MAX; length += 1) {
    const share = seen.filter((frame) => beginsAt(frame, length)).length / seen.length;
    if (share >= SHARE_MIN) found.push({ length, share });
  }
  return found
    .sort((a, b) => b.share - a.share || a.length - b.length)
    .slice(0, HEADERS_KEPT)
    .map(({ length }) => length);
}

function beginsAt(frame: Buffer, at: number): boolean {
  const packed = frame.toString('hex', at, at + 2);
  if (/^\d{4}$/.test(packed) && isType(packed) && isBitmap(frame, at + 2)) return true;
  for (const zero of [0x30, 0xf0]) {
    const digits = [...frame.subarray(at, at + 4)].map((byte) => byte - zero);
    if (digits.length === 4 && digits.every((digit) => digit >= 0 && digit <= 9) && isType(digits.join('')))
      return isBitmap(frame, at + 4);
  }
  return false;
}

/** Of the standard, or one of a host of its own such as 9200. */
function isType(mti: string): boolean {
  return messageTypeMeaning(mti) !== undefined;
}

function isBitmap(frame: Buffer, at: number): boolean {
  const text = frame.toString('latin1', at, at + 2 * BITMAP_BYTES);
  if (/^[0-9A-Fa-f]{16}$/.test(text)) return hasFields(Buffer.from(text, 'hex'));
  return frame.length >= at + BITMAP_BYTES && hasFields(frame.subarray(at, at + BITMAP_BYTES));
}

function hasFields(bitmap: Buffer): boolean {
  let bits = 0;
  for (let rest = bitmap.readBigUInt64BE(); rest > 0n; rest &= rest - 1n) bits += 1;
  return bits >= BITS.least && bits <= BITS.most;
}
