/** Money is a whole number of minor units (cents) with an ISO 4217 numeric currency code. Never a fraction. */
export interface Money {
  /** Minor units; 0 to 2^53 - 1. */
  readonly amount: number;
  /** ISO 4217 numeric, three digits, as in DE49. */
  readonly currency: string;
}
