/**
 * Cutters: chunks in as the socket gives them (a byte, several messages, half a header), whole frames out. A frame
 * that lies whole in a chunk is a view of it; only one that spans chunks is copied, once, into a buffer that grows
 * with what has come and not with what was announced. Nothing is kept between frames, and no chunk is held for
 * the sake of a rest. At most `frameBytesMax` bytes and a length header are kept of an unfinished frame.
 */
import type { HeaderPlan } from './headers.js';
import { FramingError, hint, type LengthHeader, OversizeError } from './lengths.js';

export interface Frame {
  /** The message without framing or headers. */
  readonly body: Buffer;
  /** TPDU and other headers inside the length, as received. */
  readonly header: Buffer;
}

/**
 * For framing `none`: the length in bytes of the message that begins `buffer`, undefined where more bytes are
 * needed to tell. May throw a SafeError where no message begins so.
 */
export type Measure = (buffer: Buffer) => number | undefined;

export interface Cutter {
  /** Takes a chunk, once next() has given undefined; the frames in it are then had by next(). */
  push(chunk: Buffer): void;
  /** The next whole frame; 'keep-alive' for an empty one; undefined where more bytes are needed. Throws FramingError. */
  next(): Frame | 'keep-alive' | undefined;
  /** True while a frame has begun and is not complete, or chunks hold more than next() was asked for. */
  readonly unfinished: boolean;
  /** What the unfinished frame looks like, where that tells more than its length; else empty. */
  readonly hint: string;
}

export const NOTHING = Buffer.alloc(0);
const PARTIAL_FIRST_BYTES = 512;

export interface LengthRules {
  readonly length: LengthHeader;
  readonly headers: HeaderPlan;
  readonly keepAlive: boolean;
  readonly frameBytesMax: number;
}

export class LengthCutter implements Cutter {
  readonly #rules: LengthRules;
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** The frame that spans chunks: so many bytes of it have come. */
  #partial: Buffer = NOTHING;
  #filled = 0;

  constructor(rules: LengthRules) {
    this.#rules = rules;
  }

  get unfinished(): boolean {
    return this.#filled > 0 || this.#at < this.#chunk.length;
  }

  get hint(): string {
    return this.#filled < 2 ? '' : hint(this.#partial, 0);
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  next(): Frame | 'keep-alive' | undefined {
    if (this.#filled > 0) return this.#nextOfPartial();
    const at = this.#at;
    const have = this.#chunk.length - at;
    if (have > 0) {
      const total = this.#totalAt(this.#chunk, at, have);
      if (total > 0 && have >= total) {
        const frame = this.#frame(this.#chunk, at, at + total);
        this.#at = at + total;
        if (have === total) this.#release();
        return frame;
      }
      this.#keep(have);
    }
    return undefined;
  }

  #nextOfPartial(): Frame | 'keep-alive' | undefined {
    for (;;) {
      const total = this.#totalAt(this.#partial, 0, this.#filled);
      if (total > 0 && this.#filled >= total) {
        const partial = this.#partial;
        this.#partial = NOTHING;
        this.#filled = 0;
        return this.#frame(partial, 0, total);
      }
      const wanted = (total > 0 ? total : this.#rules.length.bytes) - this.#filled;
      const taken = Math.min(wanted, this.#chunk.length - this.#at);
      if (taken === 0) return undefined;
      this.#keep(taken);
    }
  }

  /** Bytes of the whole frame; 0 where the length header is not whole yet. */
  #totalAt(buffer: Buffer, at: number, have: number): number {
    const { length, frameBytesMax, keepAlive } = this.#rules;
    if (have < length.bytes) return 0;
    const size = length.read(buffer, at);
    if (size < 0 || (size === 0 && !keepAlive))
      throw new FramingError(`frame of ${size} bytes${hint(buffer, at)}`);
    if (size > frameBytesMax) throw oversize(size, frameBytesMax, buffer, at);
    return length.bytes + size;
  }

  #frame(buffer: Buffer, at: number, end: number): Frame | 'keep-alive' {
    const { length, headers } = this.#rules;
    const start = at + length.bytes;
    return start === end ? 'keep-alive' : split(buffer, start, end, headers, length.trailer);
  }

  /** Copies the chunk's next bytes behind what has come of the frame. */
  #keep(bytes: number): void {
    const needed = this.#filled + bytes;
    if (needed > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, PARTIAL_FIRST_BYTES, 2 * this.#partial.length));
      this.#partial.copy(grown, 0, 0, this.#filled);
      this.#partial = grown;
    }
    this.#chunk.copy(this.#partial, this.#filled, this.#at, this.#at + bytes);
    this.#filled = needed;
    this.#at += bytes;
    if (this.#at === this.#chunk.length) this.#release();
  }

  /** A connection that waits holds no chunk. */
  #release(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
  }
}

/** Where the message delimits itself: asks `measure` anew with every chunk. */
export class MeasuringCutter implements Cutter {
  readonly #headers: HeaderPlan;
  readonly #measure: Measure;
  readonly #frameBytesMax: number;
  #rest: Buffer = NOTHING;

  constructor(headers: HeaderPlan, measure: Measure, frameBytesMax: number) {
    this.#headers = headers;
    this.#measure = measure;
    this.#frameBytesMax = frameBytesMax;
  }

  get unfinished(): boolean {
    return this.#rest.length > 0;
  }

  get hint(): string {
    return '';
  }

  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
  }

  next(): Frame | undefined {
    const rest = this.#rest;
    if (rest.length === 0) return undefined;
    const before = this.#headers.fixedBytes;
    const size = rest.length > before ? this.#measure(rest.subarray(before)) : undefined;
    if (size !== undefined && !(size > 0)) throw new FramingError(`message of ${size} bytes`);
    const total = size === undefined ? undefined : before + size;
    if ((total ?? rest.length) > this.#frameBytesMax)
      throw oversize(total ?? rest.length, this.#frameBytesMax, rest, 0);
    if (total === undefined || rest.length < total) {
      this.#rest = Buffer.from(rest);
      return undefined;
    }
    this.#rest = total === rest.length ? NOTHING : rest.subarray(total);
    return split(rest, 0, total, this.#headers, NOTHING);
  }
}

function split(buffer: Buffer, start: number, end: number, headers: HeaderPlan, trailer: Buffer): Frame {
  const bodyEnd = end - trailer.length;
  if (trailer.length > 0 && buffer[bodyEnd] !== trailer[0]) {
    throw new FramingError('trailer: expected ETX (0x03) at the end of the frame');
  }
  const headerBytes = headers.lengthAt(buffer, start, bodyEnd);
  const body = buffer.subarray(start + headerBytes, bodyEnd);
  return { body, header: headerBytes === 0 ? NOTHING : buffer.subarray(start, start + headerBytes) };
}

function oversize(size: number, most: number, buffer: Buffer, at: number): OversizeError {
  return new OversizeError(`frame of ${size} bytes: at most ${most}${hint(buffer, at)}`);
}
