/**
 * How a frame's length is written before it (WIRE: "Framing"). A length header reads the number of bytes that
 * follow it, and writes it. What cannot be a length is a FramingError that says what the bytes look like.
 */
import { SafeError } from '../base/errors.js';
import type { FramingSpec } from './schema.js';

export class FramingError extends SafeError {
  override name = 'FramingError';
}

export interface LengthHeader {
  /** Bytes of the header. */
  readonly bytes: number;
  /** Bytes that follow the header, a trailer included; 0 or less for an empty frame. */
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
      return text(2, 'hex', 10, 9_999, 'packed BCD digits');
    case 'hex4':
      return text(4, 'latin1', 16, 0xffff, 'hexadecimal digits');
    case 'ascii':
      return text(spec.digits, 'latin1', 10, 10 ** spec.digits - 1, 'decimal digits');
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

function text(
  bytes: number,
  coding: 'hex' | 'latin1',
  radix: 10 | 16,
  lengthMax: number,
  expected: string,
): LengthHeader {
  const shape = radix === 10 ? /^[0-9]+$/ : /^[0-9A-Fa-f]+$/;
  const digits = coding === 'hex' ? bytes * 2 : bytes;
  return {
    bytes,
    lengthMax,
    trailer: NO_TRAILER,
    read(buffer, at) {
      const written = buffer.toString(coding, at, at + bytes);
      if (!shape.test(written)) throw misread(buffer, at, bytes, expected);
      return Number.parseInt(written, radix);
    },
    write(buffer, at, length) {
      const written = length.toString(radix).toUpperCase().padStart(digits, '0');
      buffer.write(written, at, bytes, coding);
    },
  };
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
  if (/^[\x20-\x7e]{2}$/.test(two)) return ` ("${two}" in ASCII)`;
  if (buffer[at] === 0x16) return ' (0x16: does the peer speak TLS?)';
  return '';
}
