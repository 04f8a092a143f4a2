/**
 * A frame as it may be kept: as long as it was, with nothing sensitive in it. Of one that cannot be read only message
 * type and bitmaps stay, the rest is blanked (00): where a length is wrong, a card number stands where its format has
 * something else. Nothing stays of what does not look like a message: its bitmap may be a card number itself.
 */
import { Iso8583Error } from './errors.js';
import { ParsedMessage } from './message.js';
import type { Message } from './types.js';

/**
 * Version, class, function and origin as they are in use. No bank's card number begins so; with 2 and 9, as messages of
 * later and private versions do, some (2221, 2200, 9792).
 */
const LIKELY_MTI = /^[01][1-8][0-9][0-5]$/;

/** `parse` is the codec's. */
export function overwriteFrame(parse: (frame: Buffer) => Message, frame: Buffer): Buffer {
  const out = Buffer.from(frame);
  try {
    const message = parse(frame);
    if (message instanceof ParsedMessage) message.overwrite(out);
    return out;
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    const { partial, mti = '' } = error;
    const looksLikeOne = partial instanceof ParsedMessage && partial.count > 0 && LIKELY_MTI.test(mti);
    return out.fill(0, looksLikeOne ? partial.startOf(0) : 0);
  }
}
