/**
 * The codec of one compiled format: reads the head of a message, walks its fields, writes messages and answers.
 * State: the shapes seen (bounded) and the slab that is written to; a call inside a call gets a slab of its own.
 */
import { bitmapBytes, readWord, writeWord } from './bitmap.js';
import { hintOf } from './diagnose.js';
import { byteText, fault, Iso8583Error } from './errors.js';
import { maskText } from './mask.js';
import { ParsedMessage } from './message.js';
import type { FieldPlan } from './plan.js';
import { wholeMask } from './rows.js';
import { scanField } from './scan.js';
import type { BitmapCoding, Mask } from './schema.js';
import { ABSENT, type Shape, ShapeTable } from './shape.js';
import type { Codec, FieldRow, Fields, FieldValue, Message } from './types.js';
import { writeField } from './write.js';
import { Writer } from './writer.js';

export interface CodecPlan {
  readonly name: string;
  readonly description: string;
  readonly mti: 'ascii' | 'ebcdic' | 'bcd';
  readonly bitmap: {
    readonly coding: BitmapCoding;
    readonly maximum: number;
    readonly always: number;
    /** Whether bit 1 tells of the second bitmap. */
    readonly firstBit: boolean;
  };
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

export class CompiledCodec implements Codec {
  readonly name: string;
  readonly description: string;
  readonly #plan: CodecPlan;
  readonly #shapes: ShapeTable;
  readonly #plans: readonly (FieldPlan | undefined)[];
  readonly #mtiBytes: number;
  #writer: Writer | undefined = new Writer();

  constructor(plan: CodecPlan) {
    this.name = plan.name;
    this.description = plan.description;
    this.#plan = plan;
    this.#shapes = new ShapeTable(plan.fields);
    const last = Math.max(1, ...plan.fields.keys());
    this.#plans = Array.from({ length: last + 1 }, (_, de) => plan.fields.get(de));
    this.#mtiBytes = plan.mti === 'bcd' ? 2 : 4;
  }

  parse(frame: Buffer): Message {
    let mti: string | undefined;
    let shape: Shape | undefined;
    const starts: number[] = [];
    try {
      mti = this.#readMti(frame);
      const { shape: found, end } = this.#readBitmap(frame);
      shape = found;
      this.#scan(frame, shape, starts, end);
      return new ParsedMessage(frame, this.name, mti, shape, starts);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      const partial =
        mti === undefined || shape === undefined || starts.length === 0
          ? undefined
          : new ParsedMessage(frame, this.name, mti, shape, starts);
      throw error.within({
        mti,
        partial,
        hint: hintOf(frame, { mti: this.#plan.mti, bitmap: this.#plan.bitmap.coding }),
      });
    }
  }

  build(mti: string, fields: Fields): Buffer {
    return this.#write(mti, fields, undefined, []);
  }

  respond(request: Message, mti: string, echo: readonly number[], fields: Fields): Buffer {
    if (
      request instanceof ParsedMessage &&
      request.shape.plans[0] === this.#plans[request.shape.des[0] ?? 0]
    ) {
      return this.#write(mti, fields, request, echo);
    }
    const merged: Record<number, FieldValue | undefined> = {};
    for (const de of echo) merged[de] = request.value(de);
    for (const key of Object.keys(fields)) merged[Number(key)] = fields[Number(key)] ?? merged[Number(key)];
    return this.#write(mti, merged, undefined, []);
  }

  describe(message: Message, options: { readonly clear?: boolean } = {}): FieldRow[] {
    if (!(message instanceof ParsedMessage))
      throw new TypeError('describe takes a message that parse returned');
    const bitmaps = message.starts[0] ?? this.#mtiBytes;
    const head = (path: string, name: string, offset: number, end: number, value: string): FieldRow => {
      return { path, name, offset, length: end - offset, value, sensitive: false };
    };
    const bits = message.frame.subarray(this.#mtiBytes, bitmaps);
    const hex = this.#plan.bitmap.coding === 'hex' ? bits.toString('latin1') : bits.toString('hex');
    return [
      head('mti', 'Message type indicator', 0, this.#mtiBytes, message.mti),
      head('bitmap', 'Bitmap', this.#mtiBytes, bitmaps, hex.toUpperCase()),
      ...message.rows(options.clear === true),
    ];
  }

  isSensitive(path: number | string): boolean {
    return this.#maskOf(path) !== 'none';
  }

  mask(path: number | string, text: string): string {
    return maskText(this.#maskOf(path), text);
  }

  fieldName(path: number | string): string | undefined {
    return this.#find(path)?.name;
  }

  #maskOf(path: number | string): Mask {
    return this.#find(path)?.mask ?? 'none';
  }

  #find(path: number | string): { readonly name: string; readonly mask: Mask } | undefined {
    const text = String(path);
    const dot = text.indexOf('.');
    const plan = this.#plans[Number(dot < 0 ? text : text.slice(0, dot))];
    if (plan === undefined) return undefined;
    if (dot < 0) return { name: plan.name, mask: wholeMask(plan) };
    return plan.nested?.describe(text.slice(dot + 1));
  }

  #readMti(frame: Buffer): string {
    const bytes = this.#mtiBytes;
    if (frame.length < bytes)
      fault(
        'mti',
        0,
        `a message type of ${bytes} bytes`,
        frame.length === 0 ? 'the end' : `only ${frame.length} more`,
      );
    const zero = this.#plan.mti === 'ebcdic' ? 0xf0 : 0x30;
    let number = 0;
    for (let i = 0; i < bytes; i += 1) {
      const byte = frame[i] ?? 0;
      if (bytes === 2) {
        if (byte >> 4 > 9 || (byte & 15) > 9) badMti(this.#plan.mti, byte, i);
        number = number * 100 + (byte >> 4) * 10 + (byte & 15);
      } else {
        const digit = byte - zero;
        if (digit < 0 || digit > 9) badMti(this.#plan.mti, byte, i);
        number = number * 10 + digit;
      }
    }
    return MTI_TEXT[number] ?? mtiText(number);
  }

  #readBitmap(frame: Buffer): { shape: Shape; end: number } {
    const { coding, maximum, always, firstBit } = this.#plan.bitmap;
    const size = bitmapBytes(coding);
    const words = [0, 0, 0, 0, 0, 0];
    let at = this.#mtiBytes;
    for (let index = 0; index < maximum; index += 1) {
      if (at + size > frame.length)
        fault(
          'bitmap',
          at,
          `a bitmap of ${size} bytes`,
          frame.length === at ? 'the end' : `only ${frame.length - at} more`,
        );
      const first = readWord(coding, frame, at, 'bitmap');
      words[2 * index] = first;
      words[2 * index + 1] = readWord(coding, frame, at + size / 2, 'bitmap');
      at += size;
      const more = first < 0;
      if (more && index + 1 === maximum && index !== 1) {
        fault('bitmap', at - size, `bit ${64 * index + 1} off in a format of ${maximum} bitmaps`, 'it on');
      }
      if (more && index < 1 + (maximum > 2 ? 1 : 0)) words[2 * index] = first & 0x7fffffff;
      if (!more && index + 1 >= always) break;
      if (!firstBit && index + 1 >= always) break;
    }
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0, w4 = 0, w5 = 0] = words;
    return { shape: this.#shapes.of(w0, w1, w2, w3, w4, w5), end: at };
  }

  #scan(frame: Buffer, shape: Shape, starts: number[], first: number): void {
    let at = first;
    starts.push(at);
    for (const plan of shape.plans) {
      at = scanField(plan, frame, at, frame.length);
      starts.push(at);
    }
    if (shape.unknown !== 0) {
      fault(
        String(shape.unknown),
        at,
        `only fields that the format ${this.name} defines`,
        'it in the bitmap',
      );
    }
    if (at < frame.length)
      fault('message', at, 'the end of the message', `${frame.length - at} bytes left over`);
  }

  #write(mti: string, fields: Fields, request: ParsedMessage | undefined, echo: readonly number[]): Buffer {
    const writer = this.#writer ?? new Writer();
    this.#writer = undefined;
    try {
      writer.begin();
      this.#writeMessage(writer, mti, fields, request, echo);
      return writer.take();
    } finally {
      this.#writer = writer;
    }
  }

  #writeMessage(
    writer: Writer,
    mti: string,
    fields: Fields,
    request: ParsedMessage | undefined,
    echo: readonly number[],
  ): void {
    const plans = this.#plans;
    const words = [0, 0, 0, 0, 0, 0];
    for (const key in fields) {
      const de = Number(key);
      if (fields[de] === undefined) continue;
      if (plans[de] === undefined)
        fault(key, undefined, `only fields that the format ${this.name} defines`, 'a value');
      words[(de - 1) >> 5] = (words[(de - 1) >> 5] ?? 0) | (0x80000000 >>> ((de - 1) & 31));
    }
    if (request !== undefined) {
      for (const de of echo) {
        if (request.shape.slots[de] !== ABSENT && request.has(de)) {
          words[(de - 1) >> 5] = (words[(de - 1) >> 5] ?? 0) | (0x80000000 >>> ((de - 1) & 31));
        }
      }
    }
    this.#writeHead(writer, mti, words);
    for (let de = 2; de < plans.length; de += 1) {
      const plan = plans[de];
      if (plan === undefined || (((words[(de - 1) >> 5] ?? 0) << ((de - 1) & 31)) & 0x80000000) === 0)
        continue;
      const value = fields[de];
      if (value !== undefined) writeField(plan, writer, value);
      else if (request !== undefined) copyField(request, de, writer);
    }
  }

  #writeHead(writer: Writer, mti: string, words: number[]): void {
    const { coding, always, firstBit } = this.#plan.bitmap;
    const [w0 = 0, , w2 = 0, w3 = 0, w4 = 0, w5 = 0] = words;
    const third = (w4 | w5) !== 0;
    const count = third ? 3 : Math.max(always, (w2 | w3) !== 0 ? 2 : 1);
    if (count > 1 && firstBit) words[0] = w0 | 0x80000000;
    if (third) words[2] = w2 | 0x80000000;
    const half = bitmapBytes(coding) / 2;
    writer.reserve(this.#mtiBytes + 2 * half * count);
    this.#writeMti(writer, mti);
    for (let index = 0; index < 2 * count; index += 1) {
      writeWord(coding, writer.buffer, writer.position, words[index] ?? 0);
      writer.position += half;
    }
  }

  #writeMti(writer: Writer, mti: string): void {
    if (!/^\d{4}$/.test(mti)) fault('mti', undefined, 'four digits', 'another value');
    const out = writer.buffer;
    if (this.#mtiBytes === 2) {
      for (let i = 0; i < 4; i += 2) out[writer.position++] = Number.parseInt(mti.slice(i, i + 2), 16);
      return;
    }
    const zero = this.#plan.mti === 'ebcdic' ? 0xf0 : 0x30;
    for (let i = 0; i < 4; i += 1) out[writer.position++] = mti.charCodeAt(i) - 0x30 + zero;
  }
}

function copyField(request: ParsedMessage, de: number, writer: Writer): void {
  const slot = request.shape.slots[de] ?? ABSENT;
  const start = request.starts[slot] ?? 0;
  const end = request.starts[slot + 1] ?? 0;
  writer.reserve(end - start);
  const out = writer.buffer;
  const frame = request.frame;
  let at = writer.position;
  for (let i = start; i < end; i += 1) out[at++] = frame[i] ?? 0;
  writer.position = at;
}

const MTI_TEXT: readonly string[] = Array.from({ length: 10000 }, (_, number) => mtiText(number));

function mtiText(number: number): string {
  return String(number).padStart(4, '0');
}

function badMti(coding: 'ascii' | 'ebcdic' | 'bcd', byte: number, offset: number): never {
  const names = { ascii: 'ASCII digits', ebcdic: 'EBCDIC digits', bcd: 'packed digits' };
  fault('mti', offset, `a message type of four ${names[coding]}`, byteText(byte));
}
