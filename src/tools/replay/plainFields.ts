/**
 * Fields whose bytes are their text (ASCII, neither packed nor in EBCDIC), so that they can be read and written over
 * without making texts. Learned from the first message that shows it, since a format has one coding for a field.
 */
import type { Message } from '../../iso8583/index.js';

const FIELDS_MAX = 193;
const UNKNOWN = 0;
const PLAIN = 1;
const OTHER = 2;
const SPACE = 0x20;
const DIGITS_OF_STAN = 6;

export class PlainFields {
  readonly #known = new Uint8Array(FIELDS_MAX);

  /** Whether the field's text is latin1 of its bytes from `offset` to `end`, to the last one. */
  isPlain(message: Message, de: number): boolean {
    const at = message.offset(de);
    const end = message.end(de);
    if (at === undefined || end === undefined || at === end) return false;
    const known = this.#known[de];
    if (known === UNKNOWN) this.#known[de] = learned(message, de);
    // Filling is no part of the text.
    return this.#known[de] === PLAIN && message.frame[end - 1] !== SPACE;
  }

  /** The number of a field of six plain digits; -1 for what is not that. */
  six(message: Message, de: number): number {
    if (!this.isPlain(message, de)) return -1;
    const at = message.offset(de) ?? 0;
    if ((message.end(de) ?? 0) - at !== DIGITS_OF_STAN) return -1;
    let number = 0;
    for (let i = at; i < at + DIGITS_OF_STAN; i += 1) {
      const digit = (message.frame[i] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      number = number * 10 + digit;
    }
    return number;
  }
}

function learned(message: Message, de: number): number {
  const text = message.text(de) ?? '';
  const raw = message.raw(de);
  if (!raw || text === '' || text.length < raw.length) return UNKNOWN;
  return raw.toString('latin1') === text ? PLAIN : OTHER;
}

/** Whether a field has the same bytes in two messages; false where one has it not. */
export function isSameField(one: Message, other: Message, de: number): boolean {
  const from = one.offset(de);
  const otherFrom = other.offset(de);
  if (from === undefined || otherFrom === undefined) return false;
  const bytes = (one.end(de) ?? from) - from;
  if ((other.end(de) ?? otherFrom) - otherFrom !== bytes) return false;
  for (let i = 0; i < bytes; i += 1) if (one.frame[from + i] !== other.frame[otherFrom + i]) return false;
  return true;
}
