/**
 * Framing: where a message starts and ends on a stream, and what stands around it. Made once a link from its
 * configuration; every connection of the link has a cutter of its own and writes by the same rules.
 */
import { type Cutter, LengthCutter, type LengthRules, type Measure, MeasuringCutter } from './cutter.js';
import { type HeaderPlan, headerPlan } from './headers.js';
import { FramingError, lengthHeader } from './lengths.js';
import type { FramingSpec } from './schema.js';

export interface Framing {
  /** A reader of one stream's frames. */
  cutter(): Cutter;
  /** Bytes on the wire for a body with this header; 0 where this framing cannot write as many. */
  wireLength(header: Buffer, body: Buffer): number;
  /** Writes one frame at `at`; returns where it ends. Throws FramingError where wireLength() is 0. */
  write(wire: Buffer, at: number, header: Buffer, body: Buffer): number;
  /** The header of the answer to a frame with this header. */
  answerHeader(header: Buffer): Buffer;
  /** The header of messages that we begin. */
  readonly ownHeader: Buffer;
}

export function createFraming(spec: FramingSpec, frameBytesMax: number, measure?: Measure): Framing {
  const headers = headerPlan(spec);
  if (spec.kind === 'none') {
    if (!measure) throw new FramingError('framing none needs a format that tells where a message ends');
    return new SelfDelimited(headers, frameBytesMax, measure);
  }
  const length = lengthHeader(spec);
  return new LengthFraming({ length, headers, keepAlive: spec.keepAlive, frameBytesMax });
}

class LengthFraming implements Framing {
  readonly #rules: LengthRules;
  readonly ownHeader: Buffer;

  constructor(rules: LengthRules) {
    this.#rules = rules;
    this.ownHeader = rules.headers.own;
  }

  cutter(): Cutter {
    return new LengthCutter(this.#rules);
  }

  answerHeader(header: Buffer): Buffer {
    return this.#rules.headers.answer(header);
  }

  wireLength(header: Buffer, body: Buffer): number {
    const { length } = this.#rules;
    const covered = this.#covered(header, body);
    return covered > length.lengthMax ? 0 : length.bytes + covered;
  }

  write(wire: Buffer, at: number, header: Buffer, body: Buffer): number {
    const { length, headers } = this.#rules;
    const covered = this.#covered(header, body);
    if (covered > length.lengthMax)
      throw new FramingError(`frame of ${covered} bytes: at most ${length.lengthMax} can be written`);
    length.write(wire, at, covered);
    const start = at + length.bytes;
    if (covered === 0) return start;
    const bodyAt = start + header.copy(wire, start);
    const end = bodyAt + body.copy(wire, bodyAt);
    if (header.length > 0) headers.finish(wire, start, end);
    return end + length.trailer.copy(wire, end);
  }

  /** What the length counts. An empty frame is a keep-alive: nothing stands around nothing. */
  #covered(header: Buffer, body: Buffer): number {
    const bytes = header.length + body.length;
    return bytes === 0 ? 0 : bytes + this.#rules.length.trailer.length;
  }
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

  cutter(): Cutter {
    return new MeasuringCutter(this.#headers, this.#measure, this.#frameBytesMax);
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
}
