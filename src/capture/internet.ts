/**
 * IPv4 and IPv6: finds the TCP segment in a packet, behind IPv6 extension headers, and puts datagrams together again
 * that came in fragments. What is no TCP is counted and passed over. Checksums are not looked at: machines that leave
 * them to the network card capture wrong ones.
 */
import { Fragments } from './fragments.js';
import { CUT_SHORT, networkAt, UNKNOWN_LINK } from './links.js';
import type { FaultSink, PacketSink, SegmentSink } from './packets.js';

/** Where addresses stand in the header; both headers have source and destination behind each other. */
export const IPV4_ADDRESSES_AT = 12;
export const IPV6_ADDRESSES_AT = 8;

/** Packets by what they were. */
export interface PacketCounts {
  packets: number;
  tcp: number;
  /** UDP, ICMP and the like. */
  otherIp: number;
  /** ARP and the like. */
  notIp: number;
  /** Cut too short to tell. */
  cut: number;
  fragments: number;
  unknownLink: number;
}

export function noPackets(): PacketCounts {
  return { packets: 0, tcp: 0, otherIp: 0, notIp: 0, cut: 0, fragments: 0, unknownLink: 0 };
}

const TCP = 6;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
const HOST_IDENTITY = 139;
const SHIM6 = 140;
const MORE_FRAGMENTS = 0x2000;

export class Internet implements PacketSink {
  readonly #segments: SegmentSink;
  readonly #faults: FaultSink;
  readonly #fragments: Fragments;
  readonly counts: PacketCounts;
  readonly #unknownLinks = new Set<number>();

  constructor(segments: SegmentSink, faults: FaultSink, counts: PacketCounts = noPackets()) {
    this.#segments = segments;
    this.#faults = faults;
    this.#fragments = new Fragments(segments, faults);
    this.counts = counts;
  }

  fault(why: string, offset: number, skippedBytes: number): void {
    this.#faults.fault(why, offset, skippedBytes);
  }

  packet(
    buffer: Buffer,
    start: number,
    end: number,
    _original: number,
    linkType: number,
    timeUs: number,
    offset: number,
  ): void {
    this.counts.packets += 1;
    const at = networkAt(linkType, buffer, start, end);
    if (at < 0) this.#notIp(at, linkType, offset, end - start);
    else {
      const version = (buffer[at] as number) >> 4;
      if (version === 4) this.#ipv4(buffer, at, end, timeUs, offset);
      else if (version === 6) this.#ipv6(buffer, at, end, timeUs, offset);
      else this.#malformed(`IP version ${version}`, offset, end - start);
    }
  }

  /** Datagrams that will not become whole. */
  end(): void {
    this.#fragments.end();
  }

  #notIp(what: number, linkType: number, offset: number, bytes: number): void {
    if (what === CUT_SHORT) this.#cut(offset, bytes);
    else if (what !== UNKNOWN_LINK) this.counts.notIp += 1;
    else {
      this.counts.unknownLink += 1;
      if (this.#unknownLinks.has(linkType)) return;
      this.#unknownLinks.add(linkType);
      this.#faults.fault(`link type ${linkType} is not read: its packets are passed over`, offset, bytes);
    }
  }

  #cut(offset: number, bytes: number): void {
    this.counts.cut += 1;
    this.#faults.fault(`a packet cut to ${bytes} bytes, before its headers end`, offset, bytes);
  }

  #malformed(what: string, offset: number, bytes: number): void {
    this.counts.otherIp += 1;
    this.#faults.fault(`a packet with ${what}`, offset, bytes);
  }

  #ipv4(buffer: Buffer, at: number, end: number, timeUs: number, offset: number): void {
    if (at + IPV4_HEADER_BYTES > end) {
      this.#cut(offset, end - at);
      return;
    }
    const headerBytes = ((buffer[at] as number) & 0xf) * 4;
    // Zero where the network card was left to cut the segment.
    const total = buffer.readUInt16BE(at + 2) || end - at;
    if (headerBytes < IPV4_HEADER_BYTES || total < headerBytes) {
      this.#malformed(`an IPv4 header of ${headerBytes} in ${total} bytes`, offset, end - at);
      return;
    }
    if (buffer[at + 9] !== TCP) {
      this.counts.otherIp += 1;
      return;
    }
    const claimedEnd = at + total;
    const dataAt = at + headerBytes;
    const dataEnd = Math.min(end, claimedEnd);
    if (dataAt > dataEnd) {
      this.#cut(offset, end - at);
      return;
    }
    const word = buffer.readUInt16BE(at + 6);
    const addressesAt = at + IPV4_ADDRESSES_AT;
    if ((word & 0x3fff) === 0) {
      this.counts.tcp += 1;
      this.#segments.segment(buffer, addressesAt, 4, dataAt, dataEnd, claimedEnd, timeUs, offset);
      return;
    }
    this.counts.fragments += 1;
    const piece = { at: (word & 0x1fff) * 8, isLast: (word & MORE_FRAGMENTS) === 0, timeUs, offset };
    const data = buffer.subarray(dataAt, dataEnd);
    const addresses = buffer.subarray(addressesAt, addressesAt + 8);
    this.#fragments.add(addresses, buffer.readUInt16BE(at + 4), data, claimedEnd - dataAt, piece);
  }

  #ipv6(buffer: Buffer, at: number, end: number, timeUs: number, offset: number): void {
    if (at + IPV6_HEADER_BYTES > end) {
      this.#cut(offset, end - at);
      return;
    }
    // Zero for jumbograms, and where the network card was left to cut the segment.
    const payload = buffer.readUInt16BE(at + 4) || end - at - IPV6_HEADER_BYTES;
    const claimedEnd = at + IPV6_HEADER_BYTES + payload;
    const dataEnd = Math.min(end, claimedEnd);
    let next = buffer[at + 6] as number;
    let dataAt = at + IPV6_HEADER_BYTES;
    let fragmentAt = -1;
    while (next !== TCP && isExtension(next)) {
      if (dataAt + 8 > dataEnd) {
        this.#cut(offset, end - at);
        return;
      }
      const follows = buffer[dataAt] as number;
      const length = buffer[dataAt + 1] as number;
      if (next === FRAGMENT) {
        fragmentAt = dataAt;
        dataAt += 8;
        // Only the first fragment has the headers that follow.
        if (buffer.readUInt16BE(fragmentAt + 2) >> 3 !== 0) {
          next = follows;
          break;
        }
      } else dataAt += next === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
      next = follows;
    }
    if (next !== TCP) {
      this.counts.otherIp += 1;
      return;
    }
    if (dataAt > dataEnd) {
      this.#cut(offset, end - at);
      return;
    }
    const addressesAt = at + IPV6_ADDRESSES_AT;
    const word = fragmentAt < 0 ? 0 : buffer.readUInt16BE(fragmentAt + 2);
    if ((word & 0xfff9) === 0) {
      this.counts.tcp += 1;
      this.#segments.segment(buffer, addressesAt, 16, dataAt, dataEnd, claimedEnd, timeUs, offset);
      return;
    }
    this.counts.fragments += 1;
    const piece = { at: word & 0xfff8, isLast: (word & 1) === 0, timeUs, offset };
    const data = buffer.subarray(dataAt, dataEnd);
    const addresses = buffer.subarray(addressesAt, addressesAt + 32);
    this.#fragments.add(addresses, buffer.readUInt32BE(fragmentAt + 4), data, claimedEnd - dataAt, piece);
  }
}

function isExtension(next: number): boolean {
  return (
    next === HOP_BY_HOP ||
    next === ROUTING ||
    next === FRAGMENT ||
    next === AUTHENTICATION ||
    next === DESTINATION ||
    next === MOBILITY ||
    next === HOST_IDENTITY ||
    next === SHIM6
  );
}
