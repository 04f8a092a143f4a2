/**
 * What of a prepaid switch's transactions counts in totals and settlement, seen as ISO 8583 sees it, from whoever
 * pays: goods handed to a customer are debits (the merchant owes for them); nothing that a terminal asks for today
 * pays a merchant, so credits are zero. Inquiries, reversals, reconciliations and what was declined count for
 * nothing: an undone sale counts once more, as a debit's reversal, in the day in which it was undone.
 */
export type Side = 'credit' | 'debit';

/** By the journal's word for the service. */
export const SETTLED_SERVICES: Readonly<Record<string, Side>> = {
  'pin-sale': 'debit',
  'account-credit': 'debit',
  'card-activation': 'debit',
};

/** Paid for before, when the card was activated: settled with whoever performs it, and in nobody's totals. */
export const SUPPLIERS_ONLY: ReadonlySet<string> = new Set(['card-redemption']);

/** Numbers and amounts (minor units) in the order of DE74 to DE77 and DE86 to DE89. */
export const FIGURES = [
  'credits',
  'creditReversals',
  'debits',
  'debitReversals',
  'creditAmount',
  'creditReversalAmount',
  'debitAmount',
  'debitReversalAmount',
] as const;
export type Figure = (typeof FIGURES)[number];
export type Figures = Readonly<Record<Figure, number>>;

/** What a terminal or acquirer says of its own totals: as much of it as it sent. */
export interface SaidFigures extends Partial<Figures> {
  /** Credits less debits: below zero where the merchant owes. */
  readonly net?: number;
}

export const NO_FIGURES: Figures = {
  credits: 0,
  creditReversals: 0,
  debits: 0,
  debitReversals: 0,
  creditAmount: 0,
  creditReversalAmount: 0,
  debitAmount: 0,
  debitReversalAmount: 0,
};

/** Credits less debits, each less its reversals. */
export function netOf(figures: Figures): number {
  const { creditAmount, creditReversalAmount, debitAmount, debitReversalAmount } = figures;
  return creditAmount - creditReversalAmount - (debitAmount - debitReversalAmount);
}

const PAIRS: readonly (readonly [Figure, Figure])[] = [
  ['credits', 'creditReversals'],
  ['debits', 'debitReversals'],
  ['creditAmount', 'creditReversalAmount'],
  ['debitAmount', 'debitReversalAmount'],
];

/**
 * Whether what was said agrees with our own. A terminal that never got the answer to a sale counted neither the
 * sale nor its reversal, one that got it counted both: so each number is held against ours less its reversals.
 * What was not said is not compared.
 */
export function agrees(said: SaidFigures, own: Figures): boolean {
  if (said.net !== undefined && said.net !== netOf(own)) return false;
  return PAIRS.every(([whole, undone]) => {
    if (said[whole] === undefined && said[undone] === undefined) return true;
    return (said[whole] ?? 0) - (said[undone] ?? 0) === own[whole] - own[undone];
  });
}
