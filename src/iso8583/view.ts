/**
 * A frame with its texts: each made once for the whole frame, on the first read that needs it, so that reading
 * a field is one substring. A view of data that was itself hexadecimal text inside a frame knows where it came
 * from, so that offsets shown to people are always those of the frame.
 */
import { type CharTable, EBCDIC_037, EBCDIC_1047 } from './chars.js';
import type { Coding } from './schema.js';

/**
 * Buffer's own method behind `toString('latin1')`, which first looks its encoding up by name; that look-up alone is
 * a thirtieth of a message's whole treatment.
 */
type LatinBuffer = Buffer & { latin1Slice(start: number, end: number): string };

export class View {
  readonly frame: Buffer;
  private readonly base: number;
  private readonly scale: number;
  private latin1Text: string | undefined = undefined;
  private hexText: string | undefined = undefined;
  private ebcdicText: string | undefined = undefined;
  private ebcdic1047Text: string | undefined = undefined;

  constructor(frame: Buffer, base = 0, scale = 1) {
    this.frame = frame;
    this.base = base;
    this.scale = scale;
  }

  /** Every byte as the Latin-1 character of its value. */
  latin1(): string {
    this.latin1Text ??= (this.frame as LatinBuffer).latin1Slice(0, this.frame.length);
    return this.latin1Text;
  }

  /** Two lower-case hex digits a byte. */
  hex(): string {
    this.hexText ??= this.frame.toString('hex', 0, this.frame.length);
    return this.hexText;
  }

  /** One character a byte, for the codings that have one. */
  chars(coding: Coding): string {
    if (coding === 'ebcdic' || coding === 'hex-ebcdic') {
      this.ebcdicText ??= translate(this.frame, EBCDIC_037);
      return this.ebcdicText;
    }
    if (coding === 'ebcdic1047') {
      this.ebcdic1047Text ??= translate(this.frame, EBCDIC_1047);
      return this.ebcdic1047Text;
    }
    return this.latin1();
  }

  /** The offset in the outermost frame of a byte of this view. */
  wireOffset(offset: number): number {
    return this.base + offset * this.scale;
  }

  /** Bytes in the outermost frame of `bytes` of this view. */
  wireLength(bytes: number): number {
    return bytes * this.scale;
  }

  /** The bytes that hexadecimal text at `start` to `end` stands for. */
  inner(start: number, end: number, coding: Coding): View {
    const data = Buffer.from(this.chars(coding).substring(start, end), 'hex');
    return new View(data, this.wireOffset(start), this.scale * 2);
  }
}

function translate(frame: Buffer, table: CharTable): string {
  const latin1 = Buffer.allocUnsafe(frame.length);
  for (let i = 0; i < frame.length; i += 1) latin1[i] = table.toLatin1[frame[i] ?? 0] ?? 0;
  return latin1.toString('latin1', 0, latin1.length);
}
