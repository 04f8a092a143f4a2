/**
 * Headers inside the length, before the message: TPDU `60 dddd ssss`, a fixed header such as ISO123456789 or the
 * six bytes of Chinese terminals, BASE I behind a VAP length. They come apart from the body, go back with the
 * answer turned round, and stand before messages that we begin. Maximum: 5 + 255 + 255 bytes.
 */
import { FramingError } from './lengths.js';
import type { FramingSpec } from './schema.js';

export interface HeaderPlan {
  /** Bytes of headers at the start of what the length covers. Throws FramingError where they do not fit. */
  lengthAt(buffer: Buffer, start: number, end: number): number;
  /** The header of the answer to a frame with this header. */
  answer(header: Buffer): Buffer;
  /** Corrects what a header says about the message behind it, as written to `wire` from `at` to `end`. */
  finish(wire: Buffer, at: number, end: number): void;
  /** The header of messages that we begin. */
  readonly own: Buffer;
  /** Bytes of headers in every frame, those of variable length left out. */
  readonly fixedBytes: number;
}

const TPDU_BYTES = 5;
/** BASE I: header length 1, header format 1, text format 1, total length 2, destination 3, source 3 … in all 22. */
const BASE1_BYTES = 22;
const BASE1_TOTAL_AT = 3;
const BASE1_DESTINATION_AT = 5;
const BASE1_SOURCE_AT = 8;
const BASE1_STATION_BYTES = 3;
/** Begins our messages where none is configured: header format 1, text format 2, stations zero. */
const BASE1_OWN = `160102${'00'.repeat(BASE1_BYTES - 3)}`;

export function headerPlan(spec: FramingSpec): HeaderPlan {
  const tpduBytes = spec.tpdu === 'none' ? 0 : TPDU_BYTES;
  const fixedBytes = tpduBytes + spec.headerBytes;
  const base1 = spec.kind === 'vap';
  const own = Buffer.from((spec.tpdu === 'none' ? '' : spec.tpduHex) + ownHeaderHex(spec), 'hex');
  return {
    fixedBytes,
    own,
    lengthAt(buffer, start, end) {
      const length = fixedBytes + (base1 ? base1Length(buffer, start + fixedBytes, end) : 0);
      if (length > end - start)
        throw new FramingError(`header: ${length} bytes expected in a frame of ${end - start}`);
      return length;
    },
    answer(header) {
      const swapTpdu = spec.tpdu === 'swap';
      const swapStations = base1 && header.length >= fixedBytes + BASE1_BYTES;
      if (!swapTpdu && !swapStations) return header;
      const answer = Buffer.from(header);
      if (swapTpdu) swap(answer, 1, 3, 2);
      if (swapStations)
        swap(answer, fixedBytes + BASE1_DESTINATION_AT, fixedBytes + BASE1_SOURCE_AT, BASE1_STATION_BYTES);
      return answer;
    },
    finish(wire, at, end) {
      const header = at + fixedBytes;
      if (base1 && end - header >= BASE1_BYTES && (wire[header] ?? 0) >= BASE1_BYTES)
        wire.writeUInt16BE(end - header, header + BASE1_TOTAL_AT);
    },
  };
}

function ownHeaderHex({ kind, headerHex, headerBytes }: FramingSpec): string {
  if (headerHex !== '') return headerHex;
  return '00'.repeat(headerBytes) + (kind === 'vap' ? BASE1_OWN : '');
}

/** The header's first byte is its own length. */
function base1Length(buffer: Buffer, at: number, end: number): number {
  const length = at < end ? (buffer[at] ?? 0) : 0;
  if (length === 0) throw new FramingError('header: a BASE I header cannot have length 0');
  return length;
}

function swap(bytes: Buffer, a: number, b: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const kept = bytes[a + i] ?? 0;
    bytes[a + i] = bytes[b + i] ?? 0;
    bytes[b + i] = kept;
  }
}
