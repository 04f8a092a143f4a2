/**
 * Reads STAN and DE39 of answers at fixed offsets. An answer's head (MTI and bitmap) decides where they stand, as
 * long as the fields before them keep their lengths; so each head is parsed in full the first hundred times, one
 * answer in 4,096 after that, whenever DE39 holds bytes not met before, and where the STAN fits no message.
 * Maximum: 64 heads remembered.
 */
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';
import { type DigitPlace, digitPlace, readDigits } from './frames.js';

const PARSED_FIRST = 100;
const PARSED_EVERY = 4096;
const HEADS_MAX = 64;

interface Shape {
  readonly head: Buffer;
  readonly stan: DigitPlace;
  /** Offset of DE39 in the message, and its length. */
  readonly code: number;
  readonly codeBytes: number;
  /** Texts of DE39 by their bytes read as a number. */
  readonly texts: Map<number, string>;
  seen: number;
}

export interface Answer {
  stan: number;
  code: string;
}

export class AnswerReader {
  readonly #codec: Codec;
  #shapes: Shape[] = [];
  /** Reused for every answer: read it before the next one. */
  readonly #answer: Answer = { stan: 0, code: '' };

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** The same as `read`, by a full parse. */
  readAgain(chunk: Buffer, start: number, end: number): Answer | undefined {
    return this.#parse(chunk, start, end, undefined);
  }

  /** STAN and DE39 of the message from `start` to `end`; undefined where it has none or cannot be read. */
  read(chunk: Buffer, start: number, end: number): Answer | undefined {
    const shape = this.#shapes.find((one) => begins(chunk, start, end, one.head));
    if (!shape) return this.#parse(chunk, start, end, undefined);
    shape.seen += 1;
    const text = shape.texts.get(bytesAsNumber(chunk, start + shape.code, shape.codeBytes));
    if (text === undefined || shape.seen <= PARSED_FIRST || shape.seen % PARSED_EVERY === 0) {
      return this.#parse(chunk, start, end, shape);
    }
    this.#answer.stan = readDigits(chunk, start + shape.stan.offset, shape.stan.coding);
    this.#answer.code = text;
    return this.#answer;
  }

  /** Parses in full, and remembers where things stood. */
  #parse(chunk: Buffer, start: number, end: number, known: Shape | undefined): Answer | undefined {
    // What the chunk lies in is overwritten by the next read.
    const body = Buffer.from(chunk.subarray(start, end));
    const message = this.#message(body);
    const stan = message?.raw(11);
    const code = message?.raw(39);
    if (!message || !stan || !code) return undefined;
    const shape: Shape = {
      head: body.subarray(0, headBytes(this.#codec, message)),
      stan: digitPlace(stan, message.offset(11) ?? 0),
      code: message.offset(39) ?? 0,
      codeBytes: code.length,
      texts: known?.texts ?? new Map(),
      seen: known?.seen ?? 1,
    };
    if (known && (known.stan.offset !== shape.stan.offset || known.code !== shape.code)) shape.seen = 1;
    if (shape.texts.size < HEADS_MAX) {
      shape.texts.set(bytesAsNumber(body, shape.code, shape.codeBytes), message.text(39) ?? '');
    }
    this.#shapes = [shape, ...this.#shapes.filter(({ head }) => !head.equals(shape.head))].slice(
      0,
      HEADS_MAX,
    );
    this.#answer.stan = readDigits(body, shape.stan.offset, shape.stan.coding);
    this.#answer.code = message.text(39) ?? '';
    return this.#answer;
  }

  #message(body: Buffer): Message | undefined {
    try {
      return this.#codec.parse(body);
    } catch (error) {
      if (error instanceof Iso8583Error) return undefined;
      throw error;
    }
  }
}

function headBytes(codec: Codec, message: Message): number {
  const bitmap = codec.describe(message).find(({ path }) => path === 'bitmap');
  return (bitmap?.offset ?? 0) + (bitmap?.length ?? 0);
}

function begins(chunk: Buffer, start: number, end: number, head: Buffer): boolean {
  if (end - start < head.length) return false;
  for (let i = 0; i < head.length; i += 1) if (chunk[start + i] !== head[i]) return false;
  return true;
}

function bytesAsNumber(chunk: Buffer, from: number, bytes: number): number {
  let number = 0;
  for (let i = from; i < from + bytes; i += 1) number = number * 256 + (chunk[i] ?? 0);
  return number;
}
