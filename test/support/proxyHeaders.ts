/**
 * PROXY headers as HAProxy's proxy-protocol.txt lays them out, section 2.1 (a line) and 2.2 (bytes), written down by
 * hand: nothing here is shared with the code under test.
 */

const SIGNATURE = '0d0a0d0a000d0a515549540a';

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** 10.20.0.7:56324 to 192.0.2.1:8583, TCP over IPv4: 28 bytes. */
export const V2_IPV4 = bytes(`${SIGNATURE} 21 11 000c  0a140007 c0000201 dc04 2187`);

/** [2001:db8::7]:56324 to [2001:db8::1]:8583, TCP over IPv6: 52 bytes. */
export const V2_IPV6 = bytes(
  `${SIGNATURE} 21 21 0024  20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 2187`,
);

/** 10.20.0.7 as IPv6 writes it, ::ffff:10.20.0.7. */
export const V2_MAPPED = bytes(
  `${SIGNATURE} 21 21 0024  00000000000000000000ffff0a140007 00000000000000000000ffffc0000201 dc04 2187`,
);

/** As V2_IPV4, and behind it a NOOP of 3 bytes and an authority "pos". */
export const V2_WITH_TLVS = bytes(
  `${SIGNATURE} 21 11 0018  0a140007 c0000201 dc04 2187  04 0003 000000  02 0003 706f73`,
);

/** The proxy's own connection, as a health check's. */
export const V2_LOCAL = bytes(`${SIGNATURE} 20 00 0000`);

/** The same with a block of addresses, and with a family that is none: both are to be passed over. */
export const V2_LOCAL_WITH_BLOCK = bytes(`${SIGNATURE} 20 f7 000c  0a140007 c0000201 dc04 2187`);

/** Relayed, of what is no TCP over IP: the bytes for family and transport, and those of the address block. */
export const V2_WITHOUT_ADDRESS: readonly Buffer[] = [
  bytes(`${SIGNATURE} 21 00 0000`),
  bytes(`${SIGNATURE} 21 12 000c  0a140007 c0000201 dc04 2187`),
  bytes(`${SIGNATURE} 21 22 0024  ${'00'.repeat(36)}`),
  bytes(`${SIGNATURE} 21 31 00d8  ${'2f'.repeat(216)}`),
  bytes(`${SIGNATURE} 21 32 00d8  ${'2f'.repeat(216)}`),
];

export const V1_IPV4 = Buffer.from('PROXY TCP4 10.20.0.7 192.0.2.1 56324 8583\r\n');
export const V1_IPV6 = Buffer.from('PROXY TCP6 2001:DB8:0:0:0:0:0:7 2001:db8::1 56324 8583\r\n');
export const V1_UNKNOWN = Buffer.from('PROXY UNKNOWN\r\n');
/** The longest line there may be: 107 bytes. */
export const V1_LONGEST = Buffer.from(
  `PROXY UNKNOWN ${'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff '.repeat(2)}65535 65535\r\n`,
);

/** What must close the connection, each by one fault. */
export const MALFORMED: Readonly<Record<string, Buffer>> = {
  'a frame without a header': bytes('0004 30383030'),
  'a TLS handshake without a header': bytes('160301 0200 01'),
  'a signature with one byte wrong': bytes('0d0a0d0a000d0a515549540b 21 11 000c'),
  'version 1 in the binary form': bytes(`${SIGNATURE} 11 11 000c 0a140007 c0000201 dc04 2187`),
  'version 3': bytes(`${SIGNATURE} 31 11 000c 0a140007 c0000201 dc04 2187`),
  'a command that is none': bytes(`${SIGNATURE} 22 11 000c 0a140007 c0000201 dc04 2187`),
  'a family that is none': bytes(`${SIGNATURE} 21 41 000c 0a140007 c0000201 dc04 2187`),
  'a transport that is none': bytes(`${SIGNATURE} 21 13 000c 0a140007 c0000201 dc04 2187`),
  'an address block that is too short for IPv4': bytes(`${SIGNATURE} 21 11 000b 0a140007 c0000201 dc04 21`),
  'an address block that is too short for IPv6': bytes(`${SIGNATURE} 21 21 000c 0a140007 c0000201 dc04 2187`),
  'more bytes than are allowed': bytes(`${SIGNATURE} 21 11 ffff`),
  'a line of another transport': Buffer.from('PROXY UDP4 10.20.0.7 192.0.2.1 56324 8583\r\n'),
  'a line with leading zeros': Buffer.from('PROXY TCP4 10.020.0.7 192.0.2.1 56324 8583\r\n'),
  'a line with three numbers': Buffer.from('PROXY TCP4 10.20.7 192.0.2.1 56324 8583\r\n'),
  'a line with an IPv6 address for IPv4': Buffer.from('PROXY TCP4 2001:db8::7 192.0.2.1 56324 8583\r\n'),
  'a line with an IPv4 address for IPv6': Buffer.from('PROXY TCP6 ::ffff:10.20.0.7 ::1 56324 8583\r\n'),
  'a line with a zone': Buffer.from('PROXY TCP6 fe80::1%eth0 fe80::2 56324 8583\r\n'),
  'a line with a port over 65535': Buffer.from('PROXY TCP4 10.20.0.7 192.0.2.1 65536 8583\r\n'),
  'a line with a port of leading zeros': Buffer.from('PROXY TCP4 10.20.0.7 192.0.2.1 056324 8583\r\n'),
  'a line without its last word': Buffer.from('PROXY TCP4 10.20.0.7 192.0.2.1 56324\r\n'),
  'a line with a word too many': Buffer.from('PROXY TCP4 10.20.0.7 192.0.2.1 56324 8583 1\r\n'),
  'a line with two spaces': Buffer.from('PROXY TCP4  10.20.0.7 192.0.2.1 56324 8583\r\n'),
  'a line that ends in LF alone': Buffer.from(`PROXY TCP4 10.20.0.7 192.0.2.1 56324 8583\n${'x'.repeat(80)}`),
  'a line without an end': Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`),
};
