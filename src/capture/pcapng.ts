/**
 * Reads the pcapng format: sections of either byte order behind each other, interfaces with if_tsresol and if_tsoffset,
 * enhanced, simple and obsolete packet blocks; every other block is passed over. A block bears its length at both ends:
 * where the two differ it is damaged, and the next whose lengths agree is looked for. Keeps the interfaces of a section.
 */
import { CAPTURE_LIMITS } from './limits.js';
import { type Damage, type PacketReader, type PacketSink, u16, u32 } from './packets.js';
import { type TimeScale, timeOf, timeScale } from './time.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE = 2;
const SIMPLE = 3;
const ENHANCED = 6;
/** Blocks that are believed behind damage: the packets' and their companions'. */
const KNOWN_MAX = 10;
const BYTE_ORDER = 0x1a2b3c4d;
const BLOCK_BYTES_MIN = 12;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
const OPTION_END = 0;

interface Interface {
  readonly linkType: number;
  readonly snapBytes: number;
  readonly scale: TimeScale;
}

export function isPcapng(first: Buffer): boolean {
  return first.length >= 4 && first.readUInt32BE(0) === SECTION;
}

export class PcapngReader implements PacketReader {
  readonly #sink: PacketSink;
  #little = false;
  #interfaces: Interface[] = [];
  /** Simple packets have no time: they bear the last one. */
  #timeUs = 0;
  #damage: Damage | undefined;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  read(buffer: Buffer, end: number, base: number, last: boolean): number {
    let at = 0;
    for (;;) {
      if (this.#damage) at = this.#seek(buffer, at, end, base, last);
      if (this.#damage) break;
      at = this.#blocks(buffer, at, end, base);
      if (!this.#damage) break;
    }
    return last ? this.#finish(at, end, base) : at;
  }

  #blocks(buffer: Buffer, from: number, end: number, base: number): number {
    let at = from;
    while (at + BLOCK_BYTES_MIN <= end) {
      const type = u32(buffer, at, this.#little);
      if (type === SECTION) this.#turn(buffer, at);
      const bytes = u32(buffer, at + 4, this.#little);
      if (!mayBeLength(bytes)) {
        this.#damage = { why: `pcapng: a block of ${bytes} bytes`, offset: base + at };
        return at;
      }
      if (at + bytes > end) return at;
      const again = u32(buffer, at + bytes - 4, this.#little);
      if (again !== bytes) {
        const why = `pcapng: a block of ${bytes} bytes that ends with the length ${again}`;
        this.#damage = { why, offset: base + at };
        return at;
      }
      this.#block(type, buffer, at, at + bytes - 4, base);
      at += bytes;
    }
    return at;
  }

  /** The byte order of the section that begins here. */
  #turn(buffer: Buffer, at: number): void {
    if (buffer.readUInt32LE(at + 8) === BYTE_ORDER) this.#little = true;
    else if (buffer.readUInt32BE(at + 8) === BYTE_ORDER) this.#little = false;
  }

  /** The block from `at` to `end`, its second length left out. */
  #block(type: number, buffer: Buffer, at: number, end: number, base: number): void {
    const little = this.#little;
    if (type === ENHANCED && end - at >= 28) {
      const captured = u32(buffer, at + 20, little);
      this.#packet(u32(buffer, at + 8, little), buffer, at, at + 28, captured, end, base);
    } else if (type === OBSOLETE && end - at >= 28) {
      const captured = u32(buffer, at + 20, little);
      this.#packet(u16(buffer, at + 8, little), buffer, at, at + 28, captured, end, base);
    } else if (type === SIMPLE && end - at >= 12) {
      this.#simple(buffer, at, end, base);
    } else if (type === INTERFACE && end - at >= 16) {
      this.#interface(buffer, at, end, base);
    } else if (type === SECTION) {
      this.#interfaces = [];
    } else if (type === ENHANCED || type === OBSOLETE || type === SIMPLE || type === INTERFACE) {
      this.#sink.fault(`pcapng: block type ${type} too short`, base + at, end + 4 - at);
    }
  }

  /** Of an enhanced or an obsolete packet block, which are alike from the time on. */
  #packet(
    id: number,
    buffer: Buffer,
    at: number,
    start: number,
    captured: number,
    end: number,
    base: number,
  ): void {
    const from = this.#interfaces[id];
    if (!from || start + captured > end) {
      const why = from
        ? `a packet of ${captured} bytes in a shorter block`
        : `interface ${id} was not described`;
      this.#sink.fault(`pcapng: ${why}`, base + at, end + 4 - at);
      return;
    }
    const little = this.#little;
    this.#timeUs = timeOf(from.scale, u32(buffer, at + 12, little), u32(buffer, at + 16, little));
    const original = u32(buffer, at + 24, little);
    this.#sink.packet(buffer, start, start + captured, original, from.linkType, this.#timeUs, base + at);
  }

  #simple(buffer: Buffer, at: number, end: number, base: number): void {
    const from = this.#interfaces[0];
    if (!from) {
      this.#sink.fault('pcapng: a simple packet before any interface', base + at, end + 4 - at);
      return;
    }
    const original = u32(buffer, at + 8, this.#little);
    const start = at + 12;
    const limit = from.snapBytes === 0 ? original : Math.min(original, from.snapBytes);
    const until = Math.min(start + limit, end);
    this.#sink.packet(buffer, start, until, original, from.linkType, this.#timeUs, base + at);
  }

  #interface(buffer: Buffer, at: number, end: number, base: number): void {
    if (this.#interfaces.length >= CAPTURE_LIMITS.interfacesMax) {
      const most = CAPTURE_LIMITS.interfacesMax;
      this.#sink.fault(`pcapng: more than ${most} interfaces in a section`, base + at, end + 4 - at);
      return;
    }
    const little = this.#little;
    let resolution = 6;
    let offsetSeconds = 0;
    for (let option = at + 16; option + 4 <= end; ) {
      const code = u16(buffer, option, little);
      const bytes = u16(buffer, option + 2, little);
      const value = option + 4;
      if (code === OPTION_END || value + bytes > end) break;
      if (code === OPTION_TSRESOL && bytes >= 1) resolution = buffer[value] ?? 6;
      if (code === OPTION_TSOFFSET && bytes >= 8)
        offsetSeconds = Number(little ? buffer.readBigInt64LE(value) : buffer.readBigInt64BE(value));
      option = value + bytes + (-bytes & 3);
    }
    this.#interfaces.push({
      linkType: u16(buffer, at + 8, little),
      snapBytes: u32(buffer, at + 12, little),
      scale: timeScale(resolution, offsetSeconds),
    });
  }

  /** Where the next believable block begins; with the damage left where it is not in this window. */
  #seek(buffer: Buffer, from: number, end: number, base: number, last: boolean): number {
    const { why, offset } = this.#damage as Damage;
    // The damaged block itself is not tried again.
    let at = Math.max(from, offset + 1 - base);
    for (; at + BLOCK_BYTES_MIN <= end; at += 1) {
      const bytes = this.#believed(buffer, at, end);
      if (bytes === 0) continue;
      if (at + bytes > end && !last) return at;
      if (at + bytes > end || !this.#closes(buffer, at, bytes)) continue;
      this.#damage = undefined;
      this.#sink.fault(why, offset, base + at - offset);
      return at;
    }
    return Math.min(at, end);
  }

  /** The length of what may be a block here; 0 where it is none to be believed. */
  #believed(buffer: Buffer, at: number, end: number): number {
    if (buffer.readUInt32BE(at) === SECTION) {
      if (at + BLOCK_BYTES_MIN > end) return 0;
      const little = buffer.readUInt32LE(at + 8) === BYTE_ORDER;
      if (!little && buffer.readUInt32BE(at + 8) !== BYTE_ORDER) return 0;
      const bytes = u32(buffer, at + 4, little);
      return mayBeLength(bytes) && bytes <= CAPTURE_LIMITS.packetBytesMax ? bytes : 0;
    }
    const type = u32(buffer, at, this.#little);
    if (type === 0 || type > KNOWN_MAX) return 0;
    const bytes = u32(buffer, at + 4, this.#little);
    return mayBeLength(bytes) && bytes <= 2 * CAPTURE_LIMITS.packetBytesMax ? bytes : 0;
  }

  #closes(buffer: Buffer, at: number, bytes: number): boolean {
    return buffer.compare(buffer, at + 4, at + 8, at + bytes - 4, at + bytes) === 0;
  }

  #finish(at: number, end: number, base: number): number {
    if (this.#damage) {
      const { why, offset } = this.#damage;
      this.#sink.fault(`${why}; no block was found behind it`, offset, base + end - offset);
    } else if (at < end) {
      const why = 'pcapng: the file ends inside a block (cut, or still being written)';
      this.#sink.fault(why, base + at, end - at);
    }
    return end;
  }
}

function mayBeLength(bytes: number): boolean {
  return bytes >= BLOCK_BYTES_MIN && bytes <= CAPTURE_LIMITS.blockBytesMax && bytes % 4 === 0;
}
