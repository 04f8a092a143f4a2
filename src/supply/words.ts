/**
 * A supplier's own words, made fit to be shown and stored: printable ASCII, at most SUPPLIER_WORDS_MAX
 * characters, and no run of digits long enough to be an account, a PIN or a card.
 */
import type { Reason } from '../domain/reason.js';

/** Characters of a supplier's own text that are kept. */
export const SUPPLIER_WORDS_MAX = 40;
/** Longest run of digits that is shown. */
const DIGITS_SHOWN_MAX = 5;
const LONG_DIGITS = new RegExp(`[0-9](?:[ -]?[0-9]){${DIGITS_SHOWN_MAX},}`, 'g');

/** `secret` (the account) is removed wherever it stands, whatever its length. */
export function supplierWords(text: string, secret = ''): string {
  const cleared = secret === '' ? text : text.replaceAll(secret, '*');
  return cleared
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(LONG_DIGITS, '*')
    .slice(0, SUPPLIER_WORDS_MAX)
    .trim();
}

/** At most the last six letters and digits of a confirmation: what DE38 can carry. */
export function approvalCode(confirmation: string): string {
  return confirmation.replace(/[^A-Za-z0-9]/g, '').slice(-6);
}

/** What a supplier's refusal means here: a reason, or that nothing was done and another may be asked. */
export type Meaning = Reason | 'unavailable';
