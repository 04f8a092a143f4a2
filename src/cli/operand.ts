/**
 * A message as an argument: hexadecimal, `-` for hexadecimal from standard input, or FILE:N for the Nth frame of a
 * capture or hex list, as `capture frames` numbers them. Hexadecimal may stand behind a framing where one is named;
 * offsets count from the message's first byte all the same.
 */
import { bytesOfHex, NotSo, readStdin } from './command.js';

export interface FramingOptions {
  readonly framing?: string;
  readonly tpdu?: boolean;
}

/** Its length is what counts. */
const ANY_TPDU = '6000000000';
/** Of a capture's connections where none is named, as in `capture frames`. */
const CAPTURE_FRAMING = 'length2';

/** The message alone. Throws FramingError where the bytes are not one whole frame, NotSo where a file has no such frame. */
export async function messageBytes(text: string, options: FramingOptions): Promise<Buffer> {
  const [, file, number] = /^(.+):(\d{1,9})$/.exec(text) ?? [];
  if (file !== undefined) return frameOf(file, Number(number), options);
  const bytes = bytesOfHex(text === '-' ? await readStdin() : text);
  if (options.framing === undefined) return bytes;
  const { cutOne, terminalFraming } = await import('../tools/terminal/framing.js');
  return cutOne(bytes, terminalFraming(options.framing, options.tpdu ? ANY_TPDU : undefined));
}

async function frameOf(file: string, number: number, options: FramingOptions): Promise<Buffer> {
  const { readTraffic } = await import('../tools/capture/traffic.js');
  const { terminalFraming } = await import('../tools/terminal/framing.js');
  const framing = terminalFraming(options.framing ?? CAPTURE_FRAMING, options.tpdu ? ANY_TPDU : undefined);
  let frames = 0;
  for (const event of readTraffic(file, framing)) {
    if (event.kind !== 'frame') continue;
    frames += 1;
    if (event.number === number) return event.body;
  }
  throw new NotSo(`${file}: no frame ${number}; it has ${frames}`);
}
