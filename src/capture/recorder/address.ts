/**
 * Addresses as bytes, for packets that are made up. Both ends of a connection get one family: where they differ, or
 * one is unknown, IPv4 is written as IPv4-mapped IPv6. An IPv4-mapped address by itself is IPv4.
 */
const V4_MAPPED = Buffer.from('00000000000000000000ffff', 'hex');
const UNKNOWN = Buffer.alloc(4);
const V4_FORM = /^\d{1,3}(\.\d{1,3}){3}$/;
const V6_FORM = /^[0-9A-Fa-f:]*(:\d{1,3}(\.\d{1,3}){3})?$/;

/** The two as 4 bytes each, or as 16 each. What is no address becomes 0.0.0.0. */
export function addressBytes(one: string, other: string): readonly [Buffer, Buffer] {
  const first = bytesOf(one);
  const second = bytesOf(other);
  return first.length === second.length ? [first, second] : [mapped(first), mapped(second)];
}

function mapped(bytes: Buffer): Buffer {
  return bytes.length === 16 ? bytes : Buffer.concat([V4_MAPPED, bytes]);
}

function bytesOf(text: string): Buffer {
  const plain = text.split('%')[0] ?? '';
  if (V4_FORM.test(plain)) return v4(plain);
  if (!plain.includes(':') || !V6_FORM.test(plain)) return UNKNOWN;
  const bytes = v6(plain);
  return bytes.subarray(0, 12).equals(V4_MAPPED) ? bytes.subarray(12) : bytes;
}

function v4(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

/** Always 16 bytes, whatever the text. */
function v6(text: string): Buffer {
  const [before = '', behind] = text.split('::');
  const head = groups(before);
  const tail = groups(behind ?? '');
  const between = Buffer.alloc(Math.max(0, 16 - head.length - tail.length));
  return Buffer.concat([head, between, tail], 16);
}

/** Groups of four hexadecimal digits; the last may be an IPv4 address. */
function groups(text: string): Buffer {
  const parts = text.split(':').filter((group) => group !== '');
  return Buffer.concat(
    parts.map((group) =>
      group.includes('.') ? v4(group) : Buffer.from(group.slice(-4).padStart(4, '0'), 'hex'),
    ),
  );
}
