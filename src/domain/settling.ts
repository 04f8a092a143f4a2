/**
 * What of a prepaid switch's transactions counts in totals and settlement, seen as ISO 8583 sees it, from whoever
 * pays: goods handed to a customer are debits (the merchant owes for them); nothing that a terminal asks for today
 * pays a merchant, so credits are zero. Inquiries, reversals, reconciliations and what was declined count for
 * nothing: an undone sale counts once more, as a debit's reversal, in the period in which it was undone.
 */
export const SIDES = ['credit', 'debit'] as const;
export type Side = (typeof SIDES)[number];

/** By the journal's word for the service. */
export const SETTLED_SERVICES: Readonly<Record<string, Side>> = {
  'pin-sale': 'debit',
  'account-credit': 'debit',
};
