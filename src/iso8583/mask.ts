/**
 * How sensitive text is shown. Nothing but the first six and last four digits of a card number is ever shown of a
 * sensitive field, and neither the length of what is hidden.
 */
import type { Mask } from './schema.js';

/** Digits of the shortest card number; a shorter one is hidden whole, since ten digits of it would show nearly all. */
const SHORTEST_PAN_DIGITS = 13;
const HIDDEN = '****';

export function maskText(mask: Mask, text: string): string {
  if (mask === 'none') return text;
  if (mask === 'pan' && text.length >= SHORTEST_PAN_DIGITS)
    return `${text.slice(0, 6)}${HIDDEN}${text.slice(-4)}`;
  return HIDDEN;
}
