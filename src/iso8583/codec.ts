/**
 * The codec of one compiled format: walks a frame's fields, writes messages and answers.
 * State: the shapes seen (bounded) and the slab that is written to; a call inside a call (a getter among the values
 * may make one) gets a slab of its own.
 */
import { hintOf } from './diagnose.js';
import { fault, Iso8583Error } from './errors.js';
import { type Head, mtiBytes, readBitmaps, readMti, WORDS } from './head.js';
import { maskText } from './mask.js';
import { ParsedMessage } from './message.js';
import { overwriteFrame } from './overwriteFrame.js';
import type { FieldPlan } from './plan.js';
import { COPY_TURN, RecipeTable, type Step } from './recipe.js';
import { wholeMask } from './rows.js';
import { allDigits, scanField } from './scan.js';
import type { Mask } from './schema.js';
import { type Segment, type Shape, ShapeTable } from './shape.js';
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
  private readonly recipes: RecipeTable;
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
    this.recipes = new RecipeTable(plan.name, plan.head, this.plans);
  }

  parse(frame: Buffer): Message {
    let mti = '';
    let shape: Shape | undefined;
    let anchors: number[] = [];
    let count = 0;
    try {
      mti = readMti(this.head, frame);
      let at = readBitmaps(this.head, frame, this.words);
      shape = this.shapes.of(this.words);
      const segments = shape.segments;
      anchors = new Array<number>(shape.anchors);
      anchors[0] = at;
      for (let i = 0; i < segments.length; i += 1) {
        const segment = segments[i] as Segment;
        count = segment.slot;
        if (segment.check !== 'field' && runFits(segment, frame, at)) {
          at += segment.bytes;
          continue;
        }
        for (let more = segment.fields; more > 0; more -= 1) {
          at = scanField(shape.plans[count] as FieldPlan, frame, at, frame.length);
          count += 1;
        }
        if (segment.anchor > 0) anchors[segment.anchor] = at;
      }
      count = shape.plans.length;
      if (shape.unknown !== 0 || at < frame.length) failAtEnd(this.name, frame, shape, at);
      return new ParsedMessage(frame, this, mti, shape, anchors, count);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      const partial = shape && new ParsedMessage(frame, this, mti, shape, anchors, count);
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

  overwritten(frame: Buffer): Buffer {
    return overwriteFrame((bytes) => this.parse(bytes), frame);
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
    const recipe = this.recipes.of(mti, fields, request, echo);
    copyBytes(recipe.head, 0, recipe.headBytes, writer);
    const steps = recipe.steps;
    let next = 0;
    for (let i = 0; i < steps.length; i += 1) {
      const step = steps[i] as Step;
      if (step.firstSlot < step.endSlot && request !== undefined) {
        copyBytes(request.frame, request.startOf(step.firstSlot), request.startOf(step.endSlot), writer);
      }
      if (step.plan !== undefined) {
        writeField(step.plan, writer, (fields[next] as FieldList[number])[1] as FieldValue);
        next += 1;
      }
    }
  }
}

/** Whether a run lies within the frame and holds what it must. */
function runFits(segment: Segment, frame: Buffer, start: number): boolean {
  const end = start + segment.bytes;
  if (end > frame.length) return false;
  return segment.check === 'anything' || allDigits(frame, start, end);
}

/** The fields as a list that ascends, without those that are undefined. */
function listOf(fields: Fields | FieldList): FieldList {
  if (isList(fields)) {
    for (let i = 0; i < fields.length; i += 1) {
      const field = fields[i];
      const before = i === 0 ? 0 : (fields[i - 1]?.[0] ?? 0);
      if (field === undefined || field[1] === undefined || before >= field[0]) return ascending(fields);
    }
    return fields;
  }
  const list: [number, FieldValue][] = [];
  for (const key of Object.keys(fields)) {
    const de = Number(key);
    const value = fields[de];
    if (value !== undefined) list.push([de, value]);
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

/**
 * For the few dozen bytes of most runs faster than a copy by the runtime. Whole turns of eight bytes where the frame
 * has them, since a loop's odd end costs as much as the loop: what is copied beyond the run is written over next.
 */
function copyBytes(frame: Buffer, start: number, end: number, writer: Writer): void {
  const bytes = end - start;
  const turns = (bytes + COPY_TURN - 1) & -COPY_TURN;
  if (start + turns > frame.length) {
    copyEach(frame, start, end, writer);
    return;
  }
  writer.reserve(turns);
  const out = writer.buffer;
  let at = writer.position;
  for (let i = start; i < end; i += COPY_TURN) {
    out[at] = frame[i] as number;
    out[at + 1] = frame[i + 1] as number;
    out[at + 2] = frame[i + 2] as number;
    out[at + 3] = frame[i + 3] as number;
    out[at + 4] = frame[i + 4] as number;
    out[at + 5] = frame[i + 5] as number;
    out[at + 6] = frame[i + 6] as number;
    out[at + 7] = frame[i + 7] as number;
    at += COPY_TURN;
  }
  writer.position += bytes;
}

function copyEach(frame: Buffer, start: number, end: number, writer: Writer): void {
  writer.reserve(end - start);
  const out = writer.buffer;
  let at = writer.position;
  for (let i = start; i < end; i += 1) out[at++] = frame[i] as number;
  writer.position = at;
}

function failAtEnd(format: string, frame: Buffer, shape: Shape, at: number): never {
  if (shape.unknown !== 0) {
    fault(String(shape.unknown), at, `only fields that the format ${format} defines`, 'it in the bitmap');
  }
  fault('message', at, 'the end of the message', `${frame.length - at} bytes left over`);
}
