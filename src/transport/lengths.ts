/**
 * How a frame's length is written before it (WIRE: "Framing"). A length header reads the number of bytes that
 * follow it, and writes it. What cannot be a length is a FramingError that says what the bytes look like.
 * Reading allocates nothing: it is done once a frame.
 */
import { SafeError } from '../base/errors.js';
import type { FramingSpec } from './schema.js';

export class FramingError extends SafeError {
  override name = 'FramingError';
}

/** A frame longer than the link takes. */
export class OversizeError extends FramingError {}

export interface LengthHeader {
  /** Bytes of the header. */
  readonly bytes: number;
  /** Bytes that follow the header, a trailer included; 0 for an empty frame, less where it cannot be. */
  read(buffer: Buffer, at: number): number;
  /** Writes the header for `length` bytes that follow it. */
  write(buffer: Buffer, at: number, length: number): void;
  /** The most that the header can say. */
  readonly lengthMax: number;
  /** Bytes behind the message, within the length. */
  readonly trailer: Buffer;
}

const NO_TRAILER = Buffer.alloc(0);
const ETX = Buffer.from([0x03]);
const NOT_A_DIGIT = 99;

export function lengthHeader(spec: FramingSpec): LengthHeader {
  switch (spec.kind) {
    case 'length2':
      return bigEndian(0, NO_TRAILER);
    case 'length2-inclusive':
      return bigEndian(2, NO_TRAILER);
    case 'base24-etx':
      return bigEndian(0, ETX);
    case 'length2-le':
      return {
        bytes: 2,
        lengthMax: 0xffff,
        trailer: NO_TRAILER,
        read: (buffer, at) => buffer.readUInt16LE(at),
        write: (buffer, at, length) => void buffer.writeUInt16LE(length, at),
      };
    case 'bcd2':
      return packedDecimal();
    case 'hex4':
      return text(4, 16, 0xffff, 'hexadecimal digits');
    case 'ascii':
      return text(spec.digits, 10, 10 ** spec.digits - 1, 'decimal digits');
    case 'cs':
    case 'vap':
      return padded(0, 2);
    case 'gicc':
      return padded(2, 0);
    case 'none':
      throw new FramingError('framing none has no length header');
  }
}

/** Two bytes, most significant first; `own` of them counted in the length itself. */
function bigEndian(own: number, trailer: Buffer): LengthHeader {
  return {
    bytes: 2,
    lengthMax: 0xffff - own,
    trailer,
    read(buffer, at) {
      const written = buffer.readUInt16BE(at);
      // A keep-alive is written as 0 by some, and as its own two bytes by others.
      return written === 0 ? 0 : written - own;
    },
    write: (buffer, at, length) => void buffer.writeUInt16BE(length + own, at),
  };
}

/** Two bytes, most significant first, with zero bytes before or behind them. */
function padded(before: number, behind: number): LengthHeader {
  const zerosAt = before === 0 ? 2 : 0;
  return {
    bytes: before + 2 + behind,
    lengthMax: 0xffff,
    trailer: NO_TRAILER,
    read(buffer, at) {
      if (buffer.readUInt16BE(at + zerosAt) !== 0) throw misread(buffer, at, 4, 'two zero bytes');
      return buffer.readUInt16BE(at + before);
    },
    write(buffer, at, length) {
      buffer.writeUInt16BE(0, at + zerosAt);
      buffer.writeUInt16BE(length, at + before);
    },
  };
}

/** Two bytes of two decimal digits each. */
function packedDecimal(): LengthHeader {
  return {
    bytes: 2,
    lengthMax: 9_999,
    trailer: NO_TRAILER,
    read(buffer, at) {
      const packed = buffer.readUInt16BE(at);
      let length = 0;
      for (let shift = 12; shift >= 0; shift -= 4) {
        const digit = (packed >> shift) & 0xf;
        if (digit > 9) throw misread(buffer, at, 2, 'packed BCD digits');
        length = length * 10 + digit;
      }
      return length;
    },
    write(buffer, at, length) {
      let packed = 0;
      for (let rest = length, shift = 0; rest > 0; shift += 4) {
        packed |= (rest % 10) << shift;
        rest = Math.floor(rest / 10);
      }
      buffer.writeUInt16BE(packed, at);
    },
  };
}

/** ASCII digits with leading zeros. */
function text(digits: number, radix: 10 | 16, lengthMax: number, expected: string): LengthHeader {
  return {
    bytes: digits,
    lengthMax,
    trailer: NO_TRAILER,
    read(buffer, at) {
      let length = 0;
      for (let i = at; i < at + digits; i++) {
        const digit = digitOf(buffer[i] ?? 0);
        if (digit >= radix) throw misread(buffer, at, digits, expected);
        length = length * radix + digit;
      }
      return length;
    },
    write(buffer, at, length) {
      const written = length.toString(radix).toUpperCase().padStart(digits, '0');
      buffer.write(written, at, digits, 'latin1');
    },
  };
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const upper = byte & ~0x20;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x41 + 10 : NOT_A_DIGIT;
}

function misread(buffer: Buffer, at: number, bytes: number, expected: string): FramingError {
  const found = buffer.toString('hex', at, at + bytes);
  return new FramingError(`length header: expected ${expected}, found ${found}${hint(buffer, at)}`);
}

/** What the first bytes of an implausible frame look like: most often the other side's framing is another one. */
export function hint(buffer: Buffer, at: number): string {
  const two = buffer.toString('latin1', at, at + 2);
  if (/^[0-9]{2}$/.test(two))
    return ` ("${two}" in ASCII: does the peer send its length in ASCII digits, or none?)`;
  if (buffer[at] === 0x16 && buffer[at + 1] === 0x03) return ' (0x1603: does the peer speak TLS?)';
  if (/^[\x20-\x7e]{2}$/.test(two)) return ` ("${two}" in ASCII)`;
  return '';
}
