/**
 * What is remembered of an account: how it was credited last. It is written in the commit that approves a credit (or
 * the PIN that took its place), so before that commit nothing is remembered, and after it all of it is. A reversal
 * forgets what it undoes, in its own commit. One row for an account, by its keyed mark: the account itself is not there.
 */

/** What the journal's entry does not say of the account's last credit. */
export interface Remembering {
  readonly provider: string;
  /** The shop of the terminal, as the catalogue has it. */
  readonly merchant: string;
}

export interface AccountMemory extends Remembering {
  /** The journal's id of that credit; it is approved. */
  readonly transaction: number;
  readonly product: string;
  /** '' where none was told. */
  readonly region: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface MemoryVerbs {
  /** By the account's mark. */
  recall(accountMark: string): Promise<AccountMemory | undefined>;
}
