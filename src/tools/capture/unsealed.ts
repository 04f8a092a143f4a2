/**
 * Encrypted recordings, opened as they are read: what comes out is the recording in clear. Where a chunk cannot be
 * opened, or the end was cut off, a fault tells, and what stood before it has been read. Holds one chunk.
 */
import { SafeError } from '../../base/errors.js';
import { Unsealer } from '../../capture/sealed.js';
import type { Fill } from './source.js';

/** Small, since of a piece in which something is wrong all is lost. */
const PIECE_BYTES = 16_384;

export type Fault = (why: string, offset: number, skippedBytes: number) => void;

export function unsealed(fill: Fill, privateKey: Buffer, fault: Fault): Fill {
  const unsealer = new Unsealer(privateKey);
  let clear: Buffer = Buffer.alloc(0);
  let readBytes = 0;
  let opened = 0;
  let isOver = false;
  const refuse = (why: string): void => {
    isOver = true;
    fault(why, unsealer.offset, readBytes - unsealer.offset);
  };
  const more = (): void => {
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    const bytes = fill(piece, 0);
    readBytes += bytes;
    try {
      if (bytes > 0) clear = unsealer.push(piece.subarray(0, bytes));
      else if (unsealer.ended) isOver = true;
      else refuse('sealed file: ends before its last chunk (cut, or still being written)');
      opened += clear.length;
    } catch (error) {
      // The first chunk tells whether the key is the right one.
      if (!(error instanceof SafeError) || opened === 0) throw error;
      refuse(error.message);
    }
  };
  return (buffer, from) => {
    while (clear.length === 0 && !isOver) more();
    const copied = clear.copy(buffer, from);
    clear = clear.subarray(copied);
    return copied;
  };
}
