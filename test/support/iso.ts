/**
 * An ISO 8583 builder and reader of the tests' own: 1987 ASCII with a hex bitmap, the fields that the default
 * profile uses, written from the standard's field table. It shares nothing with the codec under test.
 */
type Shape = { readonly fixed: number } | { readonly digits: 2 | 3 };

/** Field shapes of ISO 8583:1987 as far as the default profile needs them. */
const SHAPES: Readonly<Record<number, Shape>> = {
  2: { digits: 2 },
  3: { fixed: 6 },
  4: { fixed: 12 },
  7: { fixed: 10 },
  11: { fixed: 6 },
  12: { fixed: 6 },
  13: { fixed: 4 },
  15: { fixed: 4 },
  24: { fixed: 3 },
  32: { digits: 2 },
  35: { digits: 2 },
  37: { fixed: 12 },
  38: { fixed: 6 },
  39: { fixed: 2 },
  41: { fixed: 8 },
  42: { fixed: 15 },
  48: { digits: 3 },
  49: { fixed: 3 },
  50: { fixed: 3 },
  52: { fixed: 16 },
  54: { digits: 3 },
  61: { digits: 3 },
  62: { digits: 3 },
  63: { digits: 3 },
  64: { fixed: 16 },
  66: { fixed: 1 },
  70: { fixed: 3 },
  73: { fixed: 6 },
  74: { fixed: 10 },
  75: { fixed: 10 },
  76: { fixed: 10 },
  77: { fixed: 10 },
  86: { fixed: 16 },
  87: { fixed: 16 },
  88: { fixed: 16 },
  89: { fixed: 16 },
  90: { fixed: 42 },
  97: { fixed: 17 },
  100: { digits: 2 },
  102: { digits: 2 },
  128: { fixed: 16 },
};

/** What 1993 has otherwise. */
const SHAPES_1993: typeof SHAPES = {
  ...SHAPES,
  12: { fixed: 12 },
  15: { fixed: 6 },
  28: { fixed: 6 },
  39: { fixed: 3 },
};

function shapesOf(mti: string): typeof SHAPES {
  return mti.startsWith('1') ? SHAPES_1993 : SHAPES;
}

export type IsoFields = Readonly<Record<number, string>>;

export interface IsoMessage {
  readonly mti: string;
  readonly fields: Record<number, string>;
}

export function buildIso(mti: string, fields: IsoFields): Buffer {
  const numbers = Object.keys(fields)
    .map(Number)
    .sort((a, b) => a - b);
  const wide = numbers.some((n) => n > 64);
  const bits = Array.from({ length: wide ? 128 : 64 }, (_, at) =>
    (wide && at === 0) || numbers.includes(at + 1) ? '1' : '0',
  ).join('');
  const bitmap = (bits.match(/.{4}/g) ?? []).map((nibble) =>
    Number.parseInt(nibble, 2).toString(16).toUpperCase(),
  );
  const body = numbers.map((n) => {
    const shape = shapesOf(mti)[n];
    const value = fields[n] ?? '';
    if (!shape) throw new Error(`no shape for field ${n}`);
    if ('digits' in shape) return String(value.length).padStart(shape.digits, '0') + value;
    if (value.length > shape.fixed) throw new Error(`field ${n} is longer than ${shape.fixed}`);
    return value.padEnd(shape.fixed);
  });
  return Buffer.from(mti + bitmap.join('') + body.join(''), 'latin1');
}

export function parseIso(frame: Buffer): IsoMessage {
  const text = frame.toString('latin1');
  const first = Number.parseInt(text.slice(4, 5), 16);
  const bitmapLength = first >= 8 ? 32 : 16;
  const bits = [...text.slice(4, 4 + bitmapLength)]
    .map((hex) => Number.parseInt(hex, 16).toString(2).padStart(4, '0'))
    .join('');
  let at = 4 + bitmapLength;
  const fields: Record<number, string> = {};
  for (let n = 2; n <= bits.length; n++) {
    if (bits[n - 1] !== '1') continue;
    const shape = shapesOf(text)[n];
    if (!shape) throw new Error(`no shape for field ${n}`);
    let length = 'fixed' in shape ? shape.fixed : 0;
    if ('digits' in shape) {
      length = Number(text.slice(at, at + shape.digits));
      at += shape.digits;
    }
    fields[n] = text.slice(at, at + length);
    at += length;
  }
  if (at !== text.length) throw new Error(`${text.length - at} bytes left over`);
  return { mti: text.slice(0, 4), fields };
}

/** The default profile's TLVs: tag 2, length 3 decimal digits, value. */
export function buildTlv(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([tag, value]) => tag + String(value.length).padStart(3, '0') + value).join('');
}

export function parseTlv(text: string): [string, string][] {
  const entries: [string, string][] = [];
  for (let at = 0; at < text.length; ) {
    const length = Number(text.slice(at + 2, at + 5));
    entries.push([text.slice(at, at + 2), text.slice(at + 5, at + 5 + length)]);
    at += 5 + length;
  }
  return entries;
}

/** The codes of the PINs in an answer's DE63. */
export function pinsOf(message: IsoMessage): string[] {
  return parseTlv(message.fields[63] ?? '')
    .filter(([tag]) => tag === 'PN')
    .map(([, value]) => value);
}
