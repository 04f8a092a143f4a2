/**
 * Why a request ended as it did: the program's own words, the same for every dialect. A profile's table
 * turns them into DE39 at one edge (conduit/), so no other file knows a response code.
 */
export const REASONS = [
  'approved',
  'partial',
  'in-progress',
  'invalid-merchant',
  'invalid-terminal',
  'invalid-transaction',
  'invalid-amount',
  'invalid-account',
  'account-blocked',
  'account-cancelled',
  'account-suspended',
  'account-limit',
  'unknown-product',
  'invalid-region',
  'original-not-found',
  'format-error',
  'no-items',
  'duplicate-item',
  'unknown-tag',
  'not-supported',
  'credit-short',
  'not-permitted',
  'amount-limit',
  'frequency-limit',
  'security-error',
  'late',
  'supplier-refused',
  'supplier-down',
  'no-route',
  'duplicate',
  'reversed',
  'out-of-stock',
  'reconciliation-error',
  'unknown-card',
  'card-inactive',
  'card-not-preauthorised',
  'card-other-terminal',
  'card-active',
  'card-redeemed',
  'card-deactivated',
  'card-lost',
  'card-expired',
  'malfunction',
] as const;

export type Reason = (typeof REASONS)[number];

const KNOWN: ReadonlySet<string> = new Set(REASONS);

export function isReason(word: string): word is Reason {
  return KNOWN.has(word);
}
