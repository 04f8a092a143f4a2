/**
 * One direction of a recorded connection: what of its bytes may be written. Encrypted, that is everything at once.
 * Masked, only whole frames go out, their messages overwritten by the format; what is no frame, or was cut off, or
 * stands between lost bytes and the next certain start of a frame, goes out blanked (00), so that lengths are right.
 * Maximum: one unfinished frame is held.
 */
import type { Codec } from '../../iso8583/index.js';
import type { Cutter, Framing } from '../../transport/index.js';

const NOTHING = Buffer.alloc(0);
/** A TPDU and the length of a header behind it: of a message taken for a header, nothing sensitive is so far in front. */
const HEADER_BYTES_SAFE = 6;

export interface RecordedStream {
  /** What may be written now; the bytes given may be changed. */
  push(bytes: Buffer, atFrame: boolean): Buffer;
  /** Bytes behind the last are missing; what is held goes out first. */
  lose(): Buffer;
  /** What is held at the end. */
  end(): Buffer;
  /** A frame has begun and is not complete. */
  readonly midFrame: boolean;
}

export class ClearStream implements RecordedStream {
  readonly #framing: Framing;
  #cutter: Cutter | undefined;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#cutter = framing.cutter();
  }

  get midFrame(): boolean {
    return this.#cutter?.unfinished ?? false;
  }

  push(bytes: Buffer, atFrame: boolean): Buffer {
    if (atFrame) this.#cutter ??= this.#framing.cutter();
    try {
      this.#cutter?.push(bytes);
      while (this.#cutter?.next() !== undefined);
    } catch {
      this.#cutter = undefined;
    }
    return bytes;
  }

  lose(): Buffer {
    this.#cutter = undefined;
    return NOTHING;
  }

  end(): Buffer {
    return NOTHING;
  }
}

export class MaskedStream implements RecordedStream {
  readonly #framing: Framing;
  readonly #codec: Codec;
  readonly #lengthBytes: number;
  /** Undefined where nobody knows where a frame begins. */
  #cutter: Cutter | undefined;
  /** Of the unfinished frame. */
  #held: Buffer = NOTHING;

  constructor(framing: Framing, codec: Codec) {
    this.#framing = framing;
    this.#codec = codec;
    // An empty frame is its length alone.
    this.#lengthBytes = framing.wireLength(NOTHING, NOTHING);
    this.#cutter = framing.cutter();
  }

  get midFrame(): boolean {
    return this.#held.length > 0;
  }

  push(bytes: Buffer, atFrame: boolean): Buffer {
    if (this.#cutter === undefined) {
      if (!atFrame) return bytes.fill(0);
      this.#cutter = this.#framing.cutter();
    }
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = NOTHING;
    const end = this.#overwriteFrames(all, bytes, this.#cutter);
    if (end === undefined) {
      this.#cutter = undefined;
      return all;
    }
    this.#held = Buffer.from(all.subarray(end));
    return all.subarray(0, end);
  }

  lose(): Buffer {
    this.#cutter = undefined;
    return this.end();
  }

  end(): Buffer {
    const held = this.#held.fill(0);
    this.#held = NOTHING;
    return held;
  }

  /** Where the last whole frame of `all` ends; undefined where the rest is no frame, and was blanked. */
  #overwriteFrames(all: Buffer, bytes: Buffer, cutter: Cutter): number | undefined {
    let at = 0;
    try {
      // The cutter has a copy of what was held, and may keep `bytes`: `all` must not be its memory.
      cutter.push(all === bytes ? Buffer.from(bytes) : bytes);
      for (;;) {
        const frame = cutter.next();
        if (frame === undefined) return at;
        const { header, body } = frame === 'keep-alive' ? EMPTY : frame;
        const bodyAt = at + this.#lengthBytes + header.length;
        this.#codec.overwritten(body).copy(all, bodyAt);
        if (header.length > HEADER_BYTES_SAFE && !this.#isReadable(body))
          all.fill(0, at + this.#lengthBytes + HEADER_BYTES_SAFE, bodyAt);
        at += this.#framing.wireLength(header, body);
      }
    } catch {
      all.fill(0, at);
      return undefined;
    }
  }

  /** Behind what is no header stands no message. */
  #isReadable(body: Buffer): boolean {
    try {
      this.#codec.parse(body);
      return true;
    } catch {
      return false;
    }
  }
}

const EMPTY = { header: NOTHING, body: NOTHING } as const;
