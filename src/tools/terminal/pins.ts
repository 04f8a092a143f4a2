/** PINs that come encrypted (conduit/pinEnvelope.ts), opened by the terminal's own key, in answers of the default profile. */
import { readFileSync } from 'node:fs';
import { SafeError } from '../../base/errors.js';
import { openPin, PIN_CODINGS, PIN_KEY_BYTES, type PinPlace } from '../../conduit/pinEnvelope.js';
import type { Message } from '../../iso8583/index.js';
import { toldEntries } from '../books/told.js';

export interface OpenedPin extends PinPlace {
  /** Undefined where the key does not open it. */
  readonly code: string | undefined;
}

export class TerminalKeyError extends SafeError {
  override name = 'TerminalKeyError';
}

/** Of a file that holds it in hexadecimal. Throws TerminalKeyError where it holds none. */
export function terminalKeyOf(file: string): Buffer {
  const text = readFileSync(file, 'latin1').trim();
  if (/^[0-9A-Fa-f]+$/.test(text) && PIN_KEY_BYTES.includes(text.length / 2)) return Buffer.from(text, 'hex');
  throw new TerminalKeyError(`${file}: must hold a terminal's key: 32 or 64 hexadecimal digits`);
}

/** In the order of the answer. */
export function openedPins(request: Message, answer: Message, key: Buffer): readonly OpenedPin[] {
  const said = {
    terminal: request.text(41) ?? '',
    stan: request.text(11) ?? '',
    localDate: request.text(13) ?? '',
    localTime: request.text(12) ?? '',
  };
  const opened: OpenedPin[] = [];
  let item = 0;
  let pin = 0;
  for (const [tag, value] of toldEntries(answer)) {
    if (tag === 'IT') {
      item = Number(value);
      pin = 0;
    }
    if (tag !== 'PN') continue;
    pin += 1;
    const place = { item, pin };
    // What was read in the other coding does not open.
    const codes = PIN_CODINGS.map((coding) => openPin(key, said, place, Buffer.from(String(value), coding)));
    opened.push({ ...place, code: codes.find((code) => code !== undefined) });
  }
  return opened;
}
