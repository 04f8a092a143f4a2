/**
 * The framing as a terminal has it: wraps a message for the wire, cuts what comes back. A TPDU stands inside the
 * length; the answer's is passed over, whichever way its addresses stand.
 */
import { SafeError } from '../base/errors.js';

const TPDU_BYTES = 5;

export interface TerminalFraming {
  /** The bytes for the wire. */
  wrap(body: Buffer): Buffer;
  /** A function that takes chunks as they come and gives whole messages; empty ones are keep-alives. */
  reader(): (chunk: Buffer) => Buffer[];
}

export class FramingError extends SafeError {
  override name = 'FramingError';
}

/** `tpdu`: ten hexadecimal digits, or undefined for none. */
export function terminalFraming(name: string, tpdu: string | undefined): TerminalFraming {
  if (name !== 'length2') throw new FramingError(`framing: "${name}" is none of length2`);
  const head = Buffer.from(tpdu ?? '', 'hex');
  return {
    wrap(body) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(head.length + body.length);
      return Buffer.concat([length, head, body]);
    },
    reader() {
      let rest: Buffer = Buffer.alloc(0);
      return (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        const frames: Buffer[] = [];
        while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
          const end = 2 + rest.readUInt16BE(0);
          frames.push(rest.subarray(Math.min(end, 2 + head.length), end));
          rest = rest.subarray(end);
        }
        return frames;
      };
    },
  };
}

/** The one message that framed bytes hold. Throws FramingError where they hold none, more, or a rest. */
export function cutOne(bytes: Buffer, name: string, withTpdu: boolean): Buffer {
  const framing = terminalFraming(name, withTpdu ? '00'.repeat(TPDU_BYTES) : undefined);
  const [first, ...more] = framing.reader()(bytes);
  if (!first || framing.wrap(first).length !== bytes.length || more.length > 0) {
    throw new FramingError(`framing ${name}: the ${bytes.length} bytes are not one whole frame`);
  }
  return first;
}
