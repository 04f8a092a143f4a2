/**
 * Packets and capture files from the formats' documents, byte by byte, independent of the program's reader: TCP
 * segments, IPv4 and IPv6, the link layers, and the files around them.
 */

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export interface End {
  /** 4 or 16 bytes. */
  readonly address: Buffer;
  readonly port: number;
}

export const CLIENT: End = { address: Buffer.from([10, 0, 0, 1]), port: 40_000 };
export const SERVER: End = { address: Buffer.from([10, 0, 0, 2]), port: 8_583 };
export const CLIENT6: End = { address: Buffer.from('20010db8000000000000000000000001', 'hex'), port: 40_000 };
export const SERVER6: End = { address: Buffer.from('20010db8000000010000000000000002', 'hex'), port: 8_583 };

export function u16be(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([(value >> 8) & 0xff, value & 0xff])));
}

export function u32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export interface SegmentFields {
  readonly from: End;
  readonly to: End;
  readonly seq: number;
  readonly ack?: number;
  readonly flags: number;
  readonly data?: Buffer;
  /** A multiple of four bytes. */
  readonly options?: Buffer;
}

export function tcp({
  from,
  to,
  seq,
  ack = 0,
  flags,
  data = Buffer.alloc(0),
  options = Buffer.alloc(0),
}: SegmentFields): Buffer {
  return Buffer.concat([
    u16be(from.port, to.port),
    u32be(seq),
    u32be(ack),
    Buffer.from([(5 + options.length / 4) << 4, flags]),
    u16be(8_192, 0, 0),
    options,
    data,
  ]);
}

interface Ipv4Fields {
  readonly id?: number;
  readonly fragmentWord?: number;
  readonly protocol?: number;
  readonly options?: Buffer;
  readonly total?: number;
}

export function ipv4(from: End, to: End, payload: Buffer, fields: Ipv4Fields = {}): Buffer {
  const { id = 1, fragmentWord = 0x4000, protocol = 6, options = Buffer.alloc(0) } = fields;
  const { total = 20 + options.length + payload.length } = fields;
  const head = Buffer.concat([
    Buffer.from([0x45 + options.length / 4, 0]),
    u16be(total, id, fragmentWord),
    Buffer.from([64, protocol, 0, 0]),
    from.address,
    to.address,
    options,
  ]);
  let sum = 0;
  for (let at = 0; at < head.length; at += 2) sum += head.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  head.writeUInt16BE(~sum & 0xffff, 10);
  return Buffer.concat([head, payload]);
}

/** `extensions`: header number and bytes of each, without its first byte, which is filled in here. */
export function ipv6(
  from: End,
  to: End,
  payload: Buffer,
  extensions: readonly (readonly [number, Buffer])[] = [],
): Buffer {
  const numbers = [...extensions.map(([number]) => number), 6];
  const headers = extensions.map(([, rest], at) =>
    Buffer.concat([Buffer.from([numbers[at + 1] ?? 6]), rest]),
  );
  const length = headers.reduce((sum, one) => sum + one.length, payload.length);
  const head = [Buffer.from([0x60, 0, 0, 0]), u16be(length), Buffer.from([numbers[0] ?? 6, 64])];
  return Buffer.concat([...head, from.address, to.address, ...headers, payload]);
}

/** A segment in the IP version of its ends. */
export function ip(fields: SegmentFields): Buffer {
  const { from, to } = fields;
  return from.address.length === 4 ? ipv4(from, to, tcp(fields)) : ipv6(from, to, tcp(fields));
}

const MACS = Buffer.from('020000000001020000000002', 'hex');

function etherType(packet: Buffer): number {
  return (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
}

/** Link layers by name: their number in a capture, and the header before an IP packet. */
export const LINKS = {
  null: { type: 0, wrap: (packet: Buffer) => Buffer.concat([family(packet, true), packet]) },
  nullBig: { type: 0, wrap: (packet: Buffer) => Buffer.concat([family(packet, false), packet]) },
  loop: { type: 108, wrap: (packet: Buffer) => Buffer.concat([family(packet, false), packet]) },
  ethernet: { type: 1, wrap: (packet: Buffer) => Buffer.concat([MACS, u16be(etherType(packet)), packet]) },
  vlan: {
    type: 1,
    wrap: (packet: Buffer) => Buffer.concat([MACS, u16be(0x8100, 7, etherType(packet)), packet]),
  },
  qinq: {
    type: 1,
    wrap: (packet: Buffer) => Buffer.concat([MACS, u16be(0x88a8, 9, 0x8100, 7, etherType(packet)), packet]),
  },
  raw: { type: 101, wrap: (packet: Buffer) => packet },
  rawOld: { type: 12, wrap: (packet: Buffer) => packet },
  rawBsd: { type: 14, wrap: (packet: Buffer) => packet },
  cooked: {
    type: 113,
    wrap: (packet: Buffer) =>
      Buffer.concat([u16be(0, 1, 6), MACS.subarray(0, 6), u16be(0, etherType(packet)), packet]),
  },
  cooked2: {
    type: 276,
    wrap: (packet: Buffer) =>
      Buffer.concat([
        u16be(etherType(packet), 0),
        u32be(2),
        u16be(1),
        Buffer.from([0, 6]),
        MACS.subarray(0, 6),
        u16be(0),
        packet,
      ]),
  },
  ipv4: { type: 228, wrap: (packet: Buffer) => packet },
  ipv6: { type: 229, wrap: (packet: Buffer) => packet },
} as const;
export type LinkName = keyof typeof LINKS;

/** AF_INET, and AF_INET6 as macOS has it. */
function family(packet: Buffer, little: boolean): Buffer {
  const number = (packet[0] ?? 0) >> 4 === 6 ? 30 : 2;
  const bytes = u32be(number);
  return little ? bytes.reverse() : bytes;
}

export interface Captured {
  readonly bytes: Buffer;
  /** Seconds and their fraction, in the unit of the file. */
  readonly seconds: number;
  readonly fraction?: number;
  /** Where the capture cut it: what it had. */
  readonly original?: number;
}

export interface FileForm {
  readonly little?: boolean;
  readonly nano?: boolean;
  readonly linkType?: number;
  readonly snapBytes?: number;
}

function int(value: number, bytes: 2 | 4, little: boolean): Buffer {
  const out = bytes === 2 ? u16be(value) : u32be(value);
  return little ? out.reverse() : out;
}

export function pcap(packets: readonly Captured[], form: FileForm = {}): Buffer {
  const { little = true, nano = false, linkType = 1, snapBytes = 65_535 } = form;
  const word = (value: number): Buffer => int(value, 4, little);
  const head = [word(nano ? 0xa1b23c4d : 0xa1b2c3d4), int(2, 2, little), int(4, 2, little)];
  const records = packets.flatMap(({ bytes, seconds, fraction = 0, original = bytes.length }) => [
    ...[seconds, fraction, bytes.length, original].map(word),
    bytes,
  ]);
  return Buffer.concat([...head, ...[0, 0, snapBytes, linkType].map(word), ...records]);
}

/** A pcapng block: its body is padded to four bytes. */
export function block(type: number, body: Buffer, little = true): Buffer {
  const padding = Buffer.alloc(-body.length & 3);
  const length = int(12 + body.length + padding.length, 4, little);
  return Buffer.concat([int(type, 4, little), length, body, padding, length]);
}

export function sectionBlock(little = true): Buffer {
  const parts = [int(0x1a2b3c4d, 4, little), int(1, 2, little), int(0, 2, little), Buffer.alloc(8, 0xff)];
  return block(0x0a0d0d0a, Buffer.concat(parts), little);
}

/** `options`: number and value of each. */
export function interfaceBlock(
  linkType: number,
  little = true,
  options: readonly (readonly [number, Buffer])[] = [],
  snapBytes = 0,
): Buffer {
  const parts = [int(linkType, 2, little), int(0, 2, little), int(snapBytes, 4, little)];
  for (const [code, value] of options)
    parts.push(int(code, 2, little), int(value.length, 2, little), value, Buffer.alloc(-value.length & 3));
  if (options.length > 0) parts.push(Buffer.alloc(4));
  return block(1, Buffer.concat(parts), little);
}

/** `time`: the 64-bit count, in whatever the interface counts. */
export function enhancedBlock(
  bytes: Buffer,
  time: bigint,
  { little = true, id = 0, original = bytes.length } = {},
): Buffer {
  const words = [id, Number(time >> 32n), Number(time & 0xffffffffn), bytes.length, original];
  return block(6, Buffer.concat([...words.map((value) => int(value, 4, little)), bytes]), little);
}

export function simpleBlock(bytes: Buffer, { little = true, original = bytes.length } = {}): Buffer {
  return block(3, Buffer.concat([int(original, 4, little), bytes]), little);
}

export function obsoleteBlock(
  bytes: Buffer,
  time: bigint,
  { little = true, id = 0, original = bytes.length } = {},
): Buffer {
  const words = [Number(time >> 32n), Number(time & 0xffffffffn), bytes.length, original];
  const head = [int(id, 2, little), int(0, 2, little), ...words.map((value) => int(value, 4, little))];
  return block(2, Buffer.concat([...head, bytes]), little);
}
