/**
 * What an upstream host's DE39 means here. 1987 codes; a configuration lays its own over them. Any code is
 * an answer, but some say that the host itself does not know: these are `unknown`, and the order is undone.
 * A code that stands nowhere is a refusal in the supplier's own words.
 */
import type { Meaning } from './words.js';

/** `in-progress`: ask again. `unknown`: the host itself cannot tell what became of it. */
export type CodeMeaning = Meaning | 'unknown';

export const DEFAULT_CODES: Readonly<Record<string, CodeMeaning>> = {
  '00': 'approved',
  '03': 'invalid-merchant',
  '05': 'supplier-refused',
  '09': 'in-progress',
  '12': 'invalid-transaction',
  '13': 'invalid-amount',
  '14': 'invalid-account',
  '15': 'unknown-product',
  '30': 'unavailable',
  '40': 'not-supported',
  '46': 'account-cancelled',
  // Our float with the supplier is short: not the customer's fault, and nothing was done.
  '51': 'unavailable',
  '57': 'not-permitted',
  '58': 'not-permitted',
  '61': 'amount-limit',
  '62': 'account-blocked',
  '63': 'unavailable',
  '65': 'frequency-limit',
  '68': 'unknown',
  '84': 'unavailable',
  '85': 'invalid-region',
  '86': 'account-limit',
  '87': 'account-suspended',
  '91': 'unavailable',
  '92': 'unavailable',
  // A host that does not repeat its first answer says so to a repeat: something was done before.
  '94': 'unknown',
  '96': 'unknown',
};

/** Codes that answer a reversal with "undone": reversed, or original not found. */
export const DEFAULT_UNDONE_CODES: readonly string[] = ['00', '25'];
