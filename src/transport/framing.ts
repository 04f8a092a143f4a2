/**
 * Framing: where a message starts and ends on a stream, and what stands around it. A Cutter takes chunks as the
 * socket gives them (a byte, several messages, half a header) and gives whole frames, as views of the chunk where
 * the chunk holds them whole. Headers inside the length (TPDU, BASE I, ASCII) come apart from the body and go
 * back with the answer. At most `frameBytesMax` bytes of an unfinished frame are kept.
 */
import { FramingError, hint, type LengthHeader, lengthHeader } from './lengths.js';
import type { FramingSpec } from './schema.js';

export interface Frame {
  /** The message without framing or headers. */
  readonly body: Buffer;
  /** TPDU and other headers inside the length, as received. */
  readonly header: Buffer;
}

/**
 * For framing `none`: the length in bytes of the message that begins `buffer`, undefined where more bytes are
 * needed to tell.
 */
export type Measure = (buffer: Buffer) => number | undefined;

export interface Framing {
  /** A reader of one stream's frames. */
  cutter(): Cutter;
  /** Bytes on the wire for a body with this header. */
  wireLength(header: Buffer, body: Buffer): number;
  /** Writes one frame at `at`; returns where it ends. */
  write(wire: Buffer, at: number, header: Buffer, body: Buffer): number;
  /** The header of the answer to a frame with this header. */
  answerHeader(header: Buffer): Buffer;
  /** The header of messages that we begin. */
  readonly ownHeader: Buffer;
}

export interface Cutter {
  /** Takes a chunk; the frames in it are then had by next(). */
  push(chunk: Buffer): void;
  /** The next whole frame; 'keep-alive' for an empty one; undefined where more bytes are needed. Throws FramingError. */
  next(): Frame | 'keep-alive' | undefined;
  /** True while a frame has begun and is not complete. */
  readonly unfinished: boolean;
}

const NOTHING = Buffer.alloc(0);
const TPDU_BYTES = 5;

export function createFraming(spec: FramingSpec, frameBytesMax: number, measure?: Measure): Framing {
  const headers = headerPlan(spec);
  if (spec.kind === 'none') {
    if (!measure) throw new FramingError('framing none needs a format that tells where a message ends');
    return new SelfDelimited(headers, frameBytesMax, measure);
  }
  return new LengthFraming(spec, lengthHeader(spec), headers, frameBytesMax);
}

interface HeaderPlan {
  /** Bytes of headers at the start of what the length covers. */
  lengthAt(buffer: Buffer, start: number, end: number): number;
  answer(header: Buffer): Buffer;
  readonly own: Buffer;
}

function headerPlan(spec: FramingSpec): HeaderPlan {
  const tpduBytes = spec.tpdu === 'none' ? 0 : TPDU_BYTES;
  const fixed = tpduBytes + spec.headerBytes;
  const base1 = spec.kind === 'vap';
  const own = Buffer.concat([
    spec.tpdu === 'none' ? NOTHING : Buffer.from(spec.tpduHex, 'hex'),
    headerOf(spec),
  ]);
  return {
    own,
    lengthAt(buffer, start, end) {
      const length = fixed + (base1 ? (buffer[start + fixed] ?? 0) : 0);
      if (length > end - start)
        throw new FramingError(`header: ${length} bytes expected in a frame of ${end - start}`);
      return length;
    },
    answer: (header) => (spec.tpdu === 'swap' ? swapped(header) : header),
  };
}

function headerOf(spec: FramingSpec): Buffer {
  const bytes = Buffer.alloc(spec.headerBytes);
  Buffer.from(spec.headerHex, 'hex').copy(bytes);
  return bytes;
}

/** `60 dddd ssss` answered by `60 ssss dddd`. */
function swapped(header: Buffer): Buffer {
  if (header.length < TPDU_BYTES) return header;
  const answer = Buffer.from(header);
  header.copy(answer, 1, 3, 5);
  header.copy(answer, 3, 1, 3);
  return answer;
}

class LengthFraming implements Framing {
  readonly #length: LengthHeader;
  readonly #headers: HeaderPlan;
  readonly #spec: FramingSpec;
  readonly #frameBytesMax: number;

  constructor(spec: FramingSpec, length: LengthHeader, headers: HeaderPlan, frameBytesMax: number) {
    this.#spec = spec;
    this.#length = length;
    this.#headers = headers;
    this.#frameBytesMax = Math.min(frameBytesMax, length.lengthMax);
  }

  get ownHeader(): Buffer {
    return this.#headers.own;
  }

  answerHeader(header: Buffer): Buffer {
    return this.#headers.answer(header);
  }

  wireLength(header: Buffer, body: Buffer): number {
    return this.#length.bytes + header.length + body.length + this.#length.trailer.length;
  }

  write(wire: Buffer, at: number, header: Buffer, body: Buffer): number {
    const { bytes, trailer, lengthMax } = this.#length;
    // An empty frame is a keep-alive: nothing stands around nothing.
    const tail = body.length === 0 && header.length === 0 ? NOTHING : trailer;
    const length = header.length + body.length + tail.length;
    if (length > lengthMax)
      throw new FramingError(`frame of ${length} bytes: at most ${lengthMax} can be written`);
    this.#length.write(wire, at, length);
    let end = at + bytes;
    end += header.copy(wire, end);
    end += body.copy(wire, end);
    return end + tail.copy(wire, end);
  }

  cutter(): Cutter {
    const length = this.#length;
    const headers = this.#headers;
    const { keepAlive } = this.#spec;
    const max = this.#frameBytesMax;
    return new ChunkCutter((buffer, at) => {
      const start = at + length.bytes;
      if (buffer.length < start) return undefined;
      const size = length.read(buffer, at);
      if (size <= 0) {
        if (size < 0 || !keepAlive) throw new FramingError(`frame of ${size} bytes`);
        return { frame: 'keep-alive', end: start };
      }
      if (size > max) throw new FramingError(`frame of ${size} bytes: at most ${max}${hint(buffer, at)}`);
      const end = start + size;
      if (buffer.length < end) return undefined;
      return { frame: split(buffer, start, end, headers, length.trailer), end };
    });
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

class SelfDelimited implements Framing {
  readonly #headers: HeaderPlan;
  readonly #frameBytesMax: number;
  readonly #measure: Measure;

  constructor(headers: HeaderPlan, frameBytesMax: number, measure: Measure) {
    this.#headers = headers;
    this.#frameBytesMax = frameBytesMax;
    this.#measure = measure;
  }

  get ownHeader(): Buffer {
    return this.#headers.own;
  }

  answerHeader(header: Buffer): Buffer {
    return this.#headers.answer(header);
  }

  wireLength(header: Buffer, body: Buffer): number {
    return header.length + body.length;
  }

  write(wire: Buffer, at: number, header: Buffer, body: Buffer): number {
    const bodyAt = at + header.copy(wire, at);
    return bodyAt + body.copy(wire, bodyAt);
  }

  cutter(): Cutter {
    return new ChunkCutter((buffer, at) => {
      const headerBytes = this.#headers.own.length;
      if (buffer.length - at <= headerBytes) return undefined;
      const size = this.#measure(buffer.subarray(at + headerBytes));
      const max = this.#frameBytesMax;
      if (size === undefined || buffer.length < at + headerBytes + size) {
        if (buffer.length - at > max) throw new FramingError(`message longer than ${max} bytes`);
        return undefined;
      }
      const end = at + headerBytes + size;
      return { frame: split(buffer, at, end, this.#headers, NOTHING), end };
    });
  }
}

type Cut = (
  buffer: Buffer,
  at: number,
) => { readonly frame: Frame | 'keep-alive'; readonly end: number } | undefined;

/** Keeps what the last chunk left over; copies only where a frame spans chunks. */
class ChunkCutter implements Cutter {
  readonly #cut: Cut;
  #buffer: Buffer = NOTHING;
  #at = 0;

  constructor(cut: Cut) {
    this.#cut = cut;
  }

  get unfinished(): boolean {
    return this.#at < this.#buffer.length;
  }

  push(chunk: Buffer): void {
    this.#buffer = this.unfinished ? Buffer.concat([this.#buffer.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
  }

  next(): Frame | 'keep-alive' | undefined {
    if (!this.unfinished) {
      this.#buffer = NOTHING;
      this.#at = 0;
      return undefined;
    }
    const cut = this.#cut(this.#buffer, this.#at);
    if (!cut) return undefined;
    this.#at = cut.end;
    return cut.frame;
  }
}
