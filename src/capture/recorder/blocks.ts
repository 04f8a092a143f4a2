/**
 * The blocks of a pcapng file as it is written here: one section, one interface of raw IP, enhanced packet blocks,
 * little-endian, times in microseconds. Each block is a whole multiple of four bytes.
 */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
/** Packets begin with their IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101;
const OPTION = { comment: 1, interfaceName: 2, application: 4, timeResolution: 9 } as const;
/** Ten to the minus sixth of a second. */
const MICROSECONDS = Buffer.from([6]);
/** Of one block: type, length twice. */
const FRAME_BYTES = 12;
/** Interface, time, captured and original length. */
const PACKET_HEAD_BYTES = 20;
const TWO_TO_32 = 0x1_0000_0000;

type Option = readonly [code: number, value: Buffer];

export function sectionHeader(application: string): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER, 0);
  body.writeUInt16LE(1, 4);
  // Bytes 8 to 15 are the section's length: all ones where it is not told.
  body.fill(0xff, 8);
  return block(SECTION_HEADER, body, [[OPTION.application, Buffer.from(application)]]);
}

export function rawInterface(name: string): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(LINKTYPE_RAW, 0);
  const named: Option[] = name === '' ? [] : [[OPTION.interfaceName, Buffer.from(name)]];
  return block(INTERFACE, body, [...named, [OPTION.timeResolution, MICROSECONDS]]);
}

/** A block with room for a packet of `bytes`, which is then written at the offset told. */
export function packetBlock(
  bytes: number,
  timeUs: number,
  comment: string,
): { readonly block: Buffer; readonly at: number } {
  const options = comment === '' ? NO_OPTIONS : optionBytes([[OPTION.comment, Buffer.from(comment)]]);
  const total = FRAME_BYTES + PACKET_HEAD_BYTES + padded(bytes) + options.length;
  const out = Buffer.alloc(total);
  out.writeUInt32LE(ENHANCED_PACKET, 0);
  out.writeUInt32LE(total, 4);
  const time = Math.max(0, Math.floor(timeUs));
  out.writeUInt32LE(Math.floor(time / TWO_TO_32) >>> 0, 12);
  out.writeUInt32LE(time % TWO_TO_32, 16);
  out.writeUInt32LE(bytes, 20);
  out.writeUInt32LE(bytes, 24);
  const at = FRAME_BYTES - 4 + PACKET_HEAD_BYTES;
  options.copy(out, at + padded(bytes));
  out.writeUInt32LE(total, total - 4);
  return { block: out, at };
}

const NO_OPTIONS = Buffer.alloc(0);

function block(type: number, body: Buffer, options: readonly Option[]): Buffer {
  const tail = optionBytes(options);
  const total = FRAME_BYTES + body.length + tail.length;
  const out = Buffer.alloc(total);
  out.writeUInt32LE(type, 0);
  out.writeUInt32LE(total, 4);
  body.copy(out, 8);
  tail.copy(out, 8 + body.length);
  out.writeUInt32LE(total, total - 4);
  return out;
}

/** The options, and the option that ends them. */
function optionBytes(options: readonly Option[]): Buffer {
  const parts = options.map(([code, value]) => {
    const out = Buffer.alloc(4 + padded(value.length));
    out.writeUInt16LE(code, 0);
    out.writeUInt16LE(value.length, 2);
    value.copy(out, 4);
    return out;
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}
