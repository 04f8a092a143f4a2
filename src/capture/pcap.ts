/**
 * Reads the pcap format: both byte orders, micro- and nanoseconds. Records follow each other without a mark, so behind
 * a damaged one the next is found by what it says: a time near the last one, lengths that fit, and another such record
 * behind it. Keeps nothing of the file.
 */
import { CAPTURE_LIMITS } from './limits.js';
import { type Damage, type PacketReader, type PacketSink, u16, u32 } from './packets.js';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const VERSION_MAJOR = 2;
/** Seconds between two records, either way, for one to be believed behind damage. */
const NEAR_SECONDS = 604_800;

interface Flavour {
  readonly little: boolean;
  readonly perSecond: number;
}

/** By the first four bytes of the file. */
const FLAVOURS: ReadonlyMap<number, Flavour> = new Map([
  [0xa1b2c3d4, { little: false, perSecond: 1e6 }],
  [0xd4c3b2a1, { little: true, perSecond: 1e6 }],
  [0xa1b23c4d, { little: false, perSecond: 1e9 }],
  [0x4d3cb2a1, { little: true, perSecond: 1e9 }],
]);

export function isPcap(first: Buffer): boolean {
  return first.length >= 4 && FLAVOURS.has(first.readUInt32BE(0));
}

export class PcapReader implements PacketReader {
  readonly #sink: PacketSink;
  #flavour: Flavour = { little: false, perSecond: 1e6 };
  #linkType = 0;
  #begun = false;
  #seconds = 0;
  #damage: Damage | undefined;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  read(buffer: Buffer, end: number, base: number, last: boolean): number {
    let at = this.#begun ? 0 : this.#header(buffer, end);
    while (this.#begun) {
      if (this.#damage) at = this.#seek(buffer, at, end, base, last);
      if (this.#damage) break;
      at = this.#records(buffer, at, end, base);
      if (!this.#damage) break;
    }
    return last ? this.#finish(at, end, base) : at;
  }

  /** Bytes of the file's header; 0 where it is not whole yet. */
  #header(buffer: Buffer, end: number): number {
    if (end < FILE_HEADER_BYTES) return 0;
    this.#flavour = FLAVOURS.get(buffer.readUInt32BE(0)) ?? this.#flavour;
    const { little } = this.#flavour;
    const major = u16(buffer, 4, little);
    if (major !== VERSION_MAJOR) this.#sink.fault(`pcap: version ${major} is read as version 2`, 4, 0);
    // The upper half tells of frame check sequences.
    this.#linkType = u32(buffer, 20, little) & 0xffff;
    this.#begun = true;
    return FILE_HEADER_BYTES;
  }

  #records(buffer: Buffer, from: number, end: number, base: number): number {
    const { little, perSecond } = this.#flavour;
    let at = from;
    while (at + RECORD_HEADER_BYTES <= end) {
      const captured = u32(buffer, at + 8, little);
      if (captured > CAPTURE_LIMITS.packetBytesMax) {
        const most = CAPTURE_LIMITS.packetBytesMax;
        this.#damage = { why: `pcap: a packet of ${captured} bytes, at most ${most}`, offset: base + at };
        break;
      }
      const start = at + RECORD_HEADER_BYTES;
      if (start + captured > end) break;
      this.#seconds = u32(buffer, at, little);
      const timeUs = this.#seconds * 1e6 + u32(buffer, at + 4, little) / (perSecond / 1e6);
      const original = u32(buffer, at + 12, little);
      this.#sink.packet(buffer, start, start + captured, original, this.#linkType, timeUs, base + at);
      at = start + captured;
    }
    return at;
  }

  /** Where the next believable record begins; with the damage left where it is not in this window. */
  #seek(buffer: Buffer, from: number, end: number, base: number, last: boolean): number {
    const { why, offset } = this.#damage as Damage;
    // The damaged record itself is not tried again.
    let at = Math.max(from, offset + 1 - base);
    for (; at + RECORD_HEADER_BYTES <= end; at += 1) {
      const next = this.#believed(buffer, at);
      if (next === 0) continue;
      const isWhole = next + RECORD_HEADER_BYTES <= end;
      if (!isWhole && !last) return at;
      if (isWhole ? this.#believed(buffer, next) === 0 : next !== end) continue;
      this.#damage = undefined;
      this.#sink.fault(why, offset, base + at - offset);
      return at;
    }
    return Math.min(at, end);
  }

  /** Where the record at `at` ends; 0 where it is none to be believed. */
  #believed(buffer: Buffer, at: number): number {
    const { little, perSecond } = this.#flavour;
    const captured = u32(buffer, at + 8, little);
    if (captured === 0 || captured > CAPTURE_LIMITS.packetBytesMax) return 0;
    const original = u32(buffer, at + 12, little);
    if (original < captured || original > CAPTURE_LIMITS.packetBytesMax) return 0;
    if (u32(buffer, at + 4, little) >= perSecond) return 0;
    const away = Math.abs(u32(buffer, at, little) - this.#seconds);
    return this.#seconds > 0 && away > NEAR_SECONDS ? 0 : at + RECORD_HEADER_BYTES + captured;
  }

  #finish(at: number, end: number, base: number): number {
    if (this.#damage) {
      const { why, offset } = this.#damage;
      this.#sink.fault(`${why}; no packet was found behind it`, offset, base + end - offset);
    } else if (at < end || !this.#begun) {
      const what = this.#begun ? 'a packet' : "the file's header";
      this.#sink.fault(
        `pcap: the file ends inside ${what} (cut, or still being written)`,
        base + at,
        end - at,
      );
    }
    return end;
  }
}
