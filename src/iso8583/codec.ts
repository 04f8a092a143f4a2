/**
 * The codec of one compiled format: walks a frame's fields, writes messages and answers.
 * State: the shapes seen (bounded) and the slab that is written to; a call inside a call (a getter among the values
 * may make one) gets a slab of its own.
 */
import { hintOf } from './diagnose.js';
import { fault, Iso8583Error } from './errors.js';
import { type Head, mtiBytes, readBitmaps, readMti, WORDS, writeHead } from './head.js';
import { maskText } from './mask.js';
import { ParsedMessage } from './message.js';
import type { FieldPlan } from './plan.js';
import { wholeMask } from './rows.js';
import { scanField } from './scan.js';
import type { Mask } from './schema.js';
import { type Shape, ShapeTable } from './shape.js';
import type { Codec, FieldList, FieldRow, Fields, FieldValue, Message } from './types.js';
import { writeField } from './write.js';
import { Writer } from './writer.js';

export interface CodecPlan {
  readonly name: string;
  readonly description: string;
  readonly head: Head;
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

export class CompiledCodec implements Codec {
  readonly name: string;
  readonly description: string;
  private readonly head: Head;
  private readonly shapes: ShapeTable;
  /** By data element number. */
  private readonly plans: readonly (FieldPlan | undefined)[];
  private readonly words = new Int32Array(WORDS);
  private writer: Writer | undefined = new Writer();

  constructor(plan: CodecPlan) {
    this.name = plan.name;
    this.description = plan.description;
    this.head = plan.head;
    this.shapes = new ShapeTable(plan.fields);
    this.plans = Array.from({ length: 32 * WORDS + 1 }, (_, de) => plan.fields.get(de));
  }

  parse(frame: Buffer): Message {
    let mti = '';
    let shape: Shape | undefined;
    let starts: number[] = [];
    let count = 0;
    try {
      mti = readMti(this.head, frame);
      let at = readBitmaps(this.head, frame, this.words);
      shape = this.shapes.of(this.words);
      const plans = shape.plans;
      starts = new Array<number>(plans.length + 1);
      starts[0] = at;
      for (; count < plans.length; count += 1) {
        at = scanField(plans[count] as FieldPlan, frame, at, frame.length);
        starts[count + 1] = at;
      }
      if (shape.unknown !== 0 || at < frame.length) failAtEnd(this.name, frame, shape, at);
      return new ParsedMessage(frame, this, mti, shape, starts, count);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      const partial = shape && new ParsedMessage(frame, this, mti, shape, starts, count);
      throw error.within({ mti: mti === '' ? undefined : mti, partial, hint: hintOf(frame, this.head.mti) });
    }
  }

  build(mti: string, fields: Fields | FieldList): Buffer {
    return this.write(mti, listOf(fields), undefined, []);
  }

  respond(request: Message, mti: string, echo: readonly number[], fields: Fields | FieldList): Buffer {
    const list = listOf(fields);
    if (request instanceof ParsedMessage && request.codec === this)
      return this.write(mti, list, request, echo);
    const given = new Set(list.filter((field) => field[1] !== undefined).map((field) => field[0]));
    const echoed = echo.filter((de) => !given.has(de)).map((de) => [de, request.value(de)] as const);
    return this.write(mti, ascending([...list, ...echoed]), undefined, []);
  }

  describe(message: Message, options: { readonly clear?: boolean } = {}): FieldRow[] {
    if (!(message instanceof ParsedMessage))
      throw new TypeError('describe takes a message that parse returned');
    return message.rows(options.clear === true);
  }

  /** The rows of the message type and the bitmaps, which end where the first field begins. */
  headRows(message: Message, end: number): FieldRow[] {
    const bits = mtiBytes(this.head);
    const bytes = message.frame.subarray(bits, end);
    const bitmap = this.head.bitmap === 'hex' ? bytes.toString('latin1') : bytes.toString('hex');
    return [
      {
        path: 'mti',
        name: 'Message type indicator',
        offset: 0,
        length: bits,
        value: message.mti,
        sensitive: false,
      },
      {
        path: 'bitmap',
        name: 'Bitmap',
        offset: bits,
        length: end - bits,
        value: bitmap.toUpperCase(),
        sensitive: false,
      },
    ];
  }

  isSensitive(path: number | string): boolean {
    return this.maskOf(path) !== 'none';
  }

  mask(path: number | string, text: string): string {
    return maskText(this.maskOf(path), text);
  }

  fieldName(path: number | string): string | undefined {
    return this.find(path)?.name;
  }

  private maskOf(path: number | string): Mask {
    return this.find(path)?.mask ?? 'none';
  }

  private find(path: number | string): { readonly name: string; readonly mask: Mask } | undefined {
    const text = String(path);
    const dot = text.indexOf('.');
    const plan = this.plans[Number(dot < 0 ? text : text.slice(0, dot))];
    if (plan === undefined) return undefined;
    if (dot < 0) return { name: plan.name, mask: wholeMask(plan) };
    return plan.nested?.describe(text.slice(dot + 1));
  }

  /** Claims the writer for the time of one message. `fields` ascend. */
  private write(
    mti: string,
    fields: FieldList,
    request: ParsedMessage | undefined,
    echo: readonly number[],
  ): Buffer {
    const writer = this.writer ?? new Writer();
    this.writer = undefined;
    try {
      writer.begin();
      this.writeMessage(writer, mti, fields, request, echo);
      return writer.take();
    } finally {
      this.writer = writer;
    }
  }

  private writeMessage(
    writer: Writer,
    mti: string,
    fields: FieldList,
    request: ParsedMessage | undefined,
    echo: readonly number[],
  ): void {
    const words = clear(writer.words);
    for (let i = 0; i < fields.length; i += 1) {
      const de = fields[i]?.[0] ?? 0;
      if (fields[i]?.[1] === undefined) continue;
      if (this.plans[de] === undefined) failUnknown(this.name, de);
      setBit(words, de);
    }
    if (request !== undefined) {
      for (let i = 0; i < echo.length; i += 1) {
        const de = echo[i] ?? 0;
        if (request.has(de)) setBit(words, de);
      }
    }
    writeHead(this.head, writer, mti, words);
    let next = 0;
    for (let index = 0; index < WORDS; index += 1) {
      for (let bits = words[index] ?? 0; bits !== 0; ) {
        const lead = Math.clz32(bits);
        bits &= ~(0x80000000 >>> lead);
        const de = (index << 5) + lead + 1;
        while (next < fields.length && (fields[next]?.[0] ?? 0) < de) next += 1;
        const field = next < fields.length ? fields[next] : undefined;
        const value = field !== undefined && field[0] === de ? field[1] : undefined;
        if (value !== undefined) writeField(this.plans[de] as FieldPlan, writer, value);
        else if (request !== undefined) copyField(request, de, writer);
      }
    }
  }
}

/** The fields as a list that ascends. */
function listOf(fields: Fields | FieldList): FieldList {
  if (isList(fields)) {
    for (let i = 1; i < fields.length; i += 1) {
      if ((fields[i - 1]?.[0] ?? 0) >= (fields[i]?.[0] ?? 0)) return ascending(fields);
    }
    return fields;
  }
  const list: [number, FieldValue | undefined][] = [];
  for (const key of Object.keys(fields)) {
    const de = Number(key);
    list.push([de, fields[de]]);
  }
  return list;
}

function isList(fields: Fields | FieldList): fields is FieldList {
  return Array.isArray(fields);
}

function ascending(fields: FieldList): FieldList {
  const sorted = fields.filter((field) => field[1] !== undefined).sort((a, b) => a[0] - b[0]);
  sorted.forEach((field, index) => {
    const de = field[0];
    if (index > 0 && sorted[index - 1]?.[0] === de)
      fault(String(de), undefined, 'each field once', 'it twice');
  });
  return sorted;
}

function failUnknown(format: string, de: number): never {
  fault(String(de), undefined, `only fields that the format ${format} defines`, 'a value for it');
}

function clear(words: Int32Array): Int32Array {
  for (let index = 0; index < WORDS; index += 1) words[index] = 0;
  return words;
}

function setBit(words: Int32Array, de: number): void {
  const index = (de - 1) >> 5;
  words[index] = (words[index] ?? 0) | (0x80000000 >>> ((de - 1) & 31));
}

/** Copies a field with its length prefix as it stands in the request. */
function copyField(request: ParsedMessage, de: number, writer: Writer): void {
  const slot = request.shape.slots[de] ?? 0;
  const start = request.starts[slot] ?? 0;
  const end = request.starts[slot + 1] ?? 0;
  writer.reserve(end - start);
  const out = writer.buffer;
  const frame = request.frame;
  let at = writer.position;
  for (let i = start; i < end; i += 1) out[at++] = frame[i] ?? 0;
  writer.position = at;
}

function failAtEnd(format: string, frame: Buffer, shape: Shape, at: number): never {
  if (shape.unknown !== 0) {
    fault(String(shape.unknown), at, `only fields that the format ${format} defines`, 'it in the bitmap');
  }
  fault('message', at, 'the end of the message', `${frame.length - at} bytes left over`);
}
