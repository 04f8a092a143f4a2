/**
 * Messages of dialects, built and read by the tests' own hand from the field table of ISO 8583:1987 and what a dialect
 * has otherwise: in ASCII with a hex bitmap, or packed with a binary one. It shares nothing with the codec under test.
 */

/** A fixed length, or so many digits of a length prefix; `n`: digits, which a packed dialect packs. */
interface FieldShape {
  readonly fixed?: number;
  readonly prefix?: number;
  readonly n?: boolean;
}

export interface WireDialect {
  readonly packed: boolean;
  readonly shapes: Readonly<Record<number, FieldShape>>;
  /** Before every message, inside the length, and before every answer. */
  readonly head: Buffer;
}

export type WireFields = Readonly<Record<number, string>>;

export interface WireMessage {
  readonly mti: string;
  readonly fields: Readonly<Record<number, string>>;
}

const n = (fixed: number): FieldShape => ({ fixed, n: true });
const text = (fixed: number): FieldShape => ({ fixed });
const TABLE: Readonly<Record<number, FieldShape>> = {
  2: { prefix: 2, n: true },
  3: n(6),
  4: n(12),
  7: n(10),
  11: n(6),
  12: n(6),
  13: n(4),
  15: n(4),
  17: n(4),
  18: n(4),
  24: n(3),
  32: { prefix: 2, n: true },
  37: text(12),
  38: text(6),
  39: text(2),
  41: text(8),
  42: text(15),
  48: { prefix: 3 },
  49: n(3),
  53: n(16),
  54: { prefix: 3 },
  57: { prefix: 3 },
  61: { prefix: 3 },
  62: { prefix: 3 },
  63: { prefix: 3 },
  70: n(3),
  73: n(6),
  90: n(42),
  100: { prefix: 2, n: true },
  102: { prefix: 2 },
  120: { prefix: 3 },
  125: { prefix: 3 },
  126: { prefix: 3 },
  127: { prefix: 3 },
};

export function dialect(
  said: Partial<WireDialect> & { readonly shapes?: Readonly<Record<number, FieldShape>> } = {},
): WireDialect {
  return { packed: false, head: Buffer.alloc(0), ...said, shapes: { ...TABLE, ...said.shapes } };
}

export function buildWire({ packed, shapes, head }: WireDialect, mti: string, fields: WireFields): Buffer {
  const numbers = Object.keys(fields)
    .map(Number)
    .sort((one, other) => one - other);
  const wide = numbers.some((de) => de > 64);
  const bits = Array.from({ length: wide ? 128 : 64 }, (_, at) =>
    (wide && at === 0) || numbers.includes(at + 1) ? '1' : '0',
  ).join('');
  const bitmap = (bits.match(/.{4}/g) ?? []).map((four) => Number.parseInt(four, 2).toString(16)).join('');
  const pack = (digits: string): Buffer =>
    Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const put = (digits: string): Buffer => (packed ? pack(digits) : Buffer.from(digits, 'latin1'));
  const parts = [put(mti), packed ? Buffer.from(bitmap, 'hex') : Buffer.from(bitmap.toUpperCase(), 'latin1')];
  for (const de of numbers) {
    const { fixed, prefix, n: digits } = shapeOf(shapes, de);
    const value = fields[de] ?? '';
    if (fixed !== undefined && value.length > fixed) throw new Error(`field ${de} is longer than ${fixed}`);
    if (prefix !== undefined) parts.push(put(String(value.length).padStart(prefix, '0')));
    const filled = digits ? value.padStart(fixed ?? 0, '0') : value.padEnd(fixed ?? 0);
    parts.push(digits ? put(filled) : Buffer.from(filled, 'latin1'));
  }
  return Buffer.concat([head, ...parts]);
}

export function parseWire({ packed, shapes, head }: WireDialect, frame: Buffer): WireMessage {
  let at = head.length;
  const take = (length: number, digits: boolean): string => {
    const bytes = packed && digits ? (length + 1) >> 1 : length;
    if (at + bytes > frame.length) throw new Error('the message ends inside a field');
    const piece = frame.subarray(at, at + bytes);
    at += bytes;
    return packed && digits ? piece.toString('hex').slice(-length) : piece.toString('latin1');
  };
  const hexOf = (bytes: number): string => {
    const piece = frame.subarray(at, at + (packed ? bytes : 2 * bytes));
    at += piece.length;
    return packed ? piece.toString('hex') : piece.toString('latin1');
  };
  const mti = take(4, true);
  let bitmap = hexOf(8);
  if (Number.parseInt(bitmap.charAt(0), 16) >= 8) bitmap += hexOf(8);
  const bits = [...bitmap].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  const fields: Record<number, string> = {};
  for (let de = 2; de <= bits.length; de += 1) {
    if (bits[de - 1] !== '1') continue;
    const { fixed, prefix = 0, n: digits = false } = shapeOf(shapes, de);
    const length = fixed ?? Number(take(prefix, true));
    fields[de] = take(length, digits);
  }
  if (at !== frame.length) throw new Error(`${frame.length - at} bytes left over`);
  return { mti, fields };
}

function shapeOf(shapes: WireDialect['shapes'], de: number): FieldShape {
  const shape = shapes[de];
  if (!shape) throw new Error(`no shape for field ${de}`);
  return shape;
}
