/**
 * A message as an argument: hexadecimal, or `-` for hexadecimal from standard input. Behind a framing where one is
 * named; offsets count from the message's first byte all the same.
 */
import { bytesOfHex, readStdin } from './command.js';

export interface FramingOptions {
  readonly framing?: string;
  readonly tpdu?: boolean;
}

/** Its length is what counts. */
const ANY_TPDU = '6000000000';

/** Bytes as given, framing and all. */
export async function givenBytes(text: string): Promise<Buffer> {
  return bytesOfHex(text === '-' ? await readStdin() : text);
}

/** The message alone. Throws FramingError where the bytes are not one whole frame. */
export async function unframed(bytes: Buffer, options: FramingOptions): Promise<Buffer> {
  if (options.framing === undefined) return bytes;
  const { cutOne, terminalFraming } = await import('../tools/terminal/framing.js');
  return cutOne(bytes, terminalFraming(options.framing, options.tpdu ? ANY_TPDU : undefined));
}
