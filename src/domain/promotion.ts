/**
 * Promotions: what an account gets for every so many purchases, or for every so much bought. Kept small: a rule adds
 * value to an account managed here, or prints a line, or both; a product has one at most.
 */

/** In which purchases count together, by the switch's own day. */
export const PROMOTION_PERIODS = ['day', 'month', 'ever'] as const;

export interface Promotion {
  readonly code: string;
  readonly products: readonly string[];
  readonly by: 'count' | 'amount';
  /** Purchases, or minor units. */
  readonly every: number;
  readonly period: (typeof PROMOTION_PERIODS)[number];
  /** Minor units added to the account; 0 for none. */
  readonly add: number;
  /** Printed below the product's own receipt; '' for none. */
  readonly line: string;
}

/** Stands for the product with its promotion's line on the receipt: no product has such a code. */
export function rewardedCode(product: string): string {
  return `${product} rewarded`;
}
