/**
 * How sensitive text is shown. Nothing but the first six and last four digits of a card number is ever shown of a
 * sensitive field, and neither the length of what is hidden.
 */
import type { Mask } from './schema.js';

/** Digits of the shortest card number; a shorter one is hidden whole, since ten digits of it would show nearly all. */
const SHORTEST_PAN_DIGITS = 13;
const HIDDEN = '****';

/** Units at both ends that stay, of so many digits or characters. */
export function kept(mask: Mask, units: number): { readonly before: number; readonly behind: number } {
  if (mask === 'none') return { before: units, behind: 0 };
  return mask === 'pan' && units >= SHORTEST_PAN_DIGITS ? { before: 6, behind: 4 } : { before: 0, behind: 0 };
}

export function maskText(mask: Mask, text: string): string {
  if (mask === 'none') return text;
  const { before, behind } = kept(mask, text.length);
  return before === 0 ? HIDDEN : `${text.slice(0, before)}${HIDDEN}${text.slice(-behind)}`;
}
