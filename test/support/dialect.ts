/**
 * Messages of dialects in ASCII with a hexadecimal bitmap, put together field by field from what their documents say, and
 * a line that carries them. It shares nothing with the codec or the framing under test.
 */
import { connect } from 'node:net';

/** By data element: the characters of a fixed field, or how many digits tell its length. */
export type Shapes = Readonly<Record<number, number | 'LL' | 'LLL'>>;

export type Said = Readonly<Record<number, string>>;

export interface Heard {
  readonly mti: string;
  readonly fields: Said;
}

/** What stands before a message: two bytes or four ASCII digits of length, which count the header too. */
export interface Wire {
  readonly length: 'binary' | 'digits';
  readonly header: string;
}

export function buildDialect(shapes: Shapes, mti: string, fields: Said): Buffer {
  const numbers = Object.keys(fields).map(Number);
  const wide = numbers.some((de) => de > 64);
  const bits = Array.from({ length: wide ? 128 : 64 }, (_, at) =>
    (wide && at === 0) || numbers.includes(at + 1) ? '1' : '0',
  ).join('');
  const bitmap = (bits.match(/.{4}/g) ?? []).map((four) =>
    Number.parseInt(four, 2).toString(16).toUpperCase(),
  );
  const body = numbers.map((de) => {
    const value = fields[de] ?? '';
    const shape = shapes[de];
    if (typeof shape === 'string') return String(value.length).padStart(shape.length, '0') + value;
    if (shape === undefined || value.length > shape) throw new Error(`field ${de}: ${value}`);
    return value.padEnd(shape);
  });
  return Buffer.from(mti + bitmap.join('') + body.join(''), 'latin1');
}

export function parseDialect(shapes: Shapes, frame: Buffer): Heard {
  const text = frame.toString('latin1');
  const width = Number.parseInt(text.charAt(4), 16) >= 8 ? 32 : 16;
  const bits = [...text.slice(4, 4 + width)].map((hex) =>
    Number.parseInt(hex, 16).toString(2).padStart(4, '0'),
  );
  const fields: Record<number, string> = {};
  let at = 4 + width;
  [...bits.join('')].forEach((bit, index) => {
    const shape = shapes[index + 1];
    if (bit === '0' || index === 0) return;
    if (shape === undefined) throw new Error(`no shape for field ${index + 1}`);
    let length = shape as number;
    if (typeof shape === 'string') {
      length = Number(text.slice(at, at + shape.length));
      at += shape.length;
    }
    fields[index + 1] = text.slice(at, at + length);
    at += length;
  });
  if (at !== text.length) throw new Error(`${text.length - at} characters left over`);
  return { mti: text.slice(0, 4), fields };
}

/** One message on a connection of its own, and its answer. */
export function exchange(port: number, { length, header }: Wire, body: Buffer): Promise<Buffer> {
  const inside = Buffer.concat([Buffer.from(header), body]);
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(inside.length);
  const digits = Buffer.from(String(inside.length).padStart(4, '0'));
  const before = length === 'binary' ? prefix.length : digits.length;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(Buffer.concat([length === 'binary' ? prefix : digits, inside])),
    );
    let got = Buffer.alloc(0);
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no whole answer: ${got.toString('hex')}`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${got.length} bytes`)));
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length < before) return;
      const wanted = length === 'binary' ? got.readUInt16BE(0) : Number(got.toString('latin1', 0, before));
      if (got.length < before + wanted) return;
      resolve(got.subarray(before + header.length, before + wanted));
      socket.destroy();
    });
  });
}
