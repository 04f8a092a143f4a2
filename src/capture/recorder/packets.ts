/**
 * One TCP segment with its IP header, checksums included, written into a buffer. No fragments, no options but what
 * TCP needs: a reader sees a plain stream.
 */
export const TCP = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;

export interface Segment {
  /** 4 or 16 bytes, both alike. */
  readonly from: Buffer;
  readonly to: Buffer;
  readonly fromPort: number;
  readonly toPort: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly flags: number;
  /** IPv4's number of the packet. */
  readonly id: number;
}

const V4_BYTES = 20;
const V6_BYTES = 40;
const TCP_BYTES = 20;
const PROTOCOL_TCP = 6;
const HOPS = 64;
const WINDOW = 0xffff;
const DONT_FRAGMENT = 0x4000;

export function segmentBytes(addressBytes: number, payload: number): number {
  return (addressBytes === 4 ? V4_BYTES : V6_BYTES) + TCP_BYTES + payload;
}

/** Writes the packet at `at`, where there is room for segmentBytes(). */
export function writeSegment(out: Buffer, at: number, segment: Segment, payload: Buffer): void {
  const tcpAt = writeIp(out, at, segment, TCP_BYTES + payload.length);
  out.writeUInt16BE(segment.fromPort, tcpAt);
  out.writeUInt16BE(segment.toPort, tcpAt + 2);
  out.writeUInt32BE(segment.sequence, tcpAt + 4);
  out.writeUInt32BE(segment.acknowledged, tcpAt + 8);
  out.writeUInt16BE(((TCP_BYTES / 4) << 12) | segment.flags, tcpAt + 12);
  out.writeUInt16BE(WINDOW, tcpAt + 14);
  out.writeUInt16BE(0, tcpAt + 16);
  out.writeUInt16BE(0, tcpAt + 18);
  payload.copy(out, tcpAt + TCP_BYTES);
  const bytes = TCP_BYTES + payload.length;
  const pseudo = sum(segment.from, 0, segment.from.length) + sum(segment.to, 0, segment.to.length);
  out.writeUInt16BE(checksum(pseudo + PROTOCOL_TCP + bytes + sum(out, tcpAt, bytes)), tcpAt + 16);
}

/** The offset behind the IP header. */
function writeIp(out: Buffer, at: number, { from, to, id }: Segment, bytes: number): number {
  if (from.length === 4) {
    out.writeUInt16BE(0x4500, at);
    out.writeUInt16BE(V4_BYTES + bytes, at + 2);
    out.writeUInt16BE(id & 0xffff, at + 4);
    out.writeUInt16BE(DONT_FRAGMENT, at + 6);
    out.writeUInt16BE((HOPS << 8) | PROTOCOL_TCP, at + 8);
    out.writeUInt16BE(0, at + 10);
    from.copy(out, at + 12);
    to.copy(out, at + 16);
    out.writeUInt16BE(checksum(sum(out, at, V4_BYTES)), at + 10);
    return at + V4_BYTES;
  }
  out.writeUInt32BE(0x60000000, at);
  out.writeUInt16BE(bytes, at + 4);
  out.writeUInt16BE((PROTOCOL_TCP << 8) | HOPS, at + 6);
  from.copy(out, at + 8);
  to.copy(out, at + 24);
  return at + V6_BYTES;
}

/** 16-bit words added up; an odd last byte is a word's high one. At most 64 KiB: no overflow of a double's 53 bits. */
function sum(bytes: Buffer, start: number, length: number): number {
  let total = 0;
  const even = start + (length & ~1);
  for (let i = start; i < even; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  return length & 1 ? total + ((bytes[even] as number) << 8) : total;
}

function checksum(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
