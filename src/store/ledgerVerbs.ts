/**
 * The double-entry ledger: accounts by name and currency, postings that sum to zero per currency. A transaction's
 * effects are applied in the commit that opens or sells it, taken back in the commit that declines, undoes or
 * reverses it, and applied again where an inquiry finds that it stands; so the ledger follows from the journal
 * at every moment: what is pending or approved is posted, and nothing else is. Amounts in minor units.
 */
import type { Reason } from '../domain/reason.js';

/** An account's name that ends so is completed with whoever performs: a supplier's name, or `stock`. */
export const PERFORMER = 'supplier:';
/** A merchant's account: this, and its id. */
export const MERCHANT = 'merchant:';
/** At a member switch: minus what the hub has leased to its merchants. */
export const HUB = 'hub:';

export interface Posting {
  readonly account: string;
  /** ISO 4217 numeric. */
  readonly currency: string;
  /** Signed minor units: what the account gains. */
  readonly amount: number;
  /** The balance may not go below it by this posting; null where it may. */
  readonly floor: number | null;
}

/** What one subject (a terminal, a merchant) may sell in one period; this transaction counts into it. */
export interface UsageLimit {
  readonly subject: string;
  /** Kind of period: `day`, `hour`. One period of a kind is counted at a time. */
  readonly window: string;
  /** Which one, in an order that text has: `20260301`, `2026030114`. */
  readonly period: string;
  /** Transactions; one more is `frequency-limit`. */
  readonly countMax: number | null;
  /** Minor units; more is `amount-limit`. */
  readonly amountMax: number | null;
  /** Of this transaction. */
  readonly amount: number;
}

export interface Effects {
  readonly postings: readonly Posting[];
  readonly usage: readonly UsageLimit[];
}

/**
 * What one subject has bought, counted in the commit that sells or opens: for each multiple of `every` that was
 * reached and not rewarded yet, this transaction is. Given back with it: what is bought again is rewarded again.
 */
export interface Reward {
  /** Whose purchases count, under which rule. */
  readonly subject: string;
  readonly window: string;
  /** As in a limit. */
  readonly period: string;
  readonly by: 'count' | 'amount';
  /** Transactions, or minor units. */
  readonly every: number;
  /** Of this transaction. */
  readonly amount: number;
  /** Added to what is posted, once for each multiple; they sum to zero. */
  readonly postings: readonly Posting[];
  /** From internReceipt(): printed in place of the outcome's own; 0: that one stays. */
  readonly receiptId: number;
}

export type Refusal = Extract<Reason, 'credit-short' | 'amount-limit' | 'frequency-limit'>;

/** Recorded as declined with this reason; nothing else changed. */
export interface Refused {
  readonly kind: 'refused';
  readonly id: number;
  readonly reason: Refusal;
}

/** Money that moves by decision, not by a transaction: a merchant pays in, a mistake is put right. */
export interface Adjustment {
  readonly postings: readonly Posting[];
  readonly by: string;
  readonly why: string;
  /** Names the payment, so that it enters once; '' where nothing does. */
  readonly reference: string;
  readonly at: number;
}

export type PostResult =
  | { readonly kind: 'posted'; readonly id: number }
  /** This reference was posted before, under this id: nothing changed. */
  | { readonly kind: 'known'; readonly id: number }
  /** A balance would go below its floor: nothing changed. */
  | { readonly kind: 'refused' };

export interface Balance {
  readonly account: string;
  readonly currency: string;
  /** Minor units. */
  readonly balance: number;
}

export interface StatementQuery {
  readonly account: string;
  readonly currency: string;
  /** Lines before this number; 0: from the last one. */
  readonly before: number;
  readonly limit: number;
}

export interface StatementLine {
  /** From 1, without gaps, in the order in which they were posted. */
  readonly number: number;
  /** The journal's id of the transaction; 0 where an adjustment moved it. */
  readonly transaction: number;
  /** The adjustment's id; 0 where a transaction moved it. */
  readonly adjustment: number;
  readonly amount: number;
  readonly at: number;
}

export interface LedgerVerbs {
  post(adjustment: Adjustment): Promise<PostResult>;
  /** Every account whose name begins so, by name and currency. */
  balances(prefix: string): Promise<readonly Balance[]>;
  /** What moved an account, latest first. */
  statement(query: StatementQuery): Promise<readonly StatementLine[]>;
}
