/**
 * Link layers: where the IP packet begins behind null/loop, Ethernet, raw IP, Linux cooked v1 and v2 headers, and
 * behind VLAN tags. Numbers are those of captures (LINKTYPE_…), with the older ones of raw IP. Allocates nothing.
 */

/** Instead of an offset. */
export const NOT_IP = -1;
export const UNKNOWN_LINK = -2;
/** The captured bytes end before the packet's headers do. */
export const CUT_SHORT = -3;

const NULL = 0;
const ETHERNET = 1;
const RAW_OLD = 12;
const RAW_BSD = 14;
const RAW = 101;
const LOOP = 108;
const COOKED = 113;
const IPV4 = 228;
const IPV6 = 229;
const COOKED2 = 276;

const TYPE_IPV4 = 0x0800;
const TYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and what QinQ was before it. */
const TYPE_VLAN = 0x8100;
const TYPE_VLAN_OUTER = 0x88a8;
const TYPE_VLAN_OLD = 0x9100;

/** Where in buffer[start..end) the IP header begins; else one of the numbers above. */
export function networkAt(linkType: number, buffer: Buffer, start: number, end: number): number {
  switch (linkType) {
    case ETHERNET:
      return behindType(buffer, start + 12, start + 14, end);
    case COOKED2:
      return behindType(buffer, start, start + 20, end);
    case COOKED:
      return behindType(buffer, start + 14, start + 16, end);
    case NULL:
    case LOOP:
      return behindFamily(buffer, start, end);
    case RAW:
    case RAW_OLD:
    case RAW_BSD:
    case IPV4:
    case IPV6:
      return start < end ? start : CUT_SHORT;
    default:
      return UNKNOWN_LINK;
  }
}

function behindType(buffer: Buffer, typeAt: number, start: number, end: number): number {
  let at = start;
  if (at > end) return CUT_SHORT;
  let type = buffer.readUInt16BE(typeAt);
  while (type === TYPE_VLAN || type === TYPE_VLAN_OUTER || type === TYPE_VLAN_OLD) {
    if (at + 4 > end) return CUT_SHORT;
    type = buffer.readUInt16BE(at + 2);
    at += 4;
  }
  if (type !== TYPE_IPV4 && type !== TYPE_IPV6) return NOT_IP;
  return at < end ? at : CUT_SHORT;
}

/** The address family is in the byte order of the machine that captured, which may be another than the file's. */
function behindFamily(buffer: Buffer, start: number, end: number): number {
  if (start + 4 >= end) return CUT_SHORT;
  const family = buffer.readUInt32LE(start);
  return isFamily(family) || isFamily(buffer.readUInt32BE(start)) ? start + 4 : NOT_IP;
}

/** AF_INET, and AF_INET6 as Linux, the BSDs and macOS have it. */
function isFamily(family: number): boolean {
  return family === 2 || family === 10 || family === 24 || family === 28 || family === 30;
}
