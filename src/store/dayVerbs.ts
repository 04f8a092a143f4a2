/**
 * The verbs of the business day. A day ends with a cutover: a boundary in the order in which things were entered,
 * recorded in one commit; there is no moment that belongs to neither day. A transaction counts in the day in which
 * it became approved: entered as approved, or closed so later; and once more, as a reversal, in the day in which it
 * was undone. So what was pending across the boundary counts in the day that learned of it, a reversal that comes
 * late counts in its own day, and a closed day's figures never change.
 */
import type { Figures, SaidFigures } from '../domain/settling.js';
import type { JournalEntry, StoredOutcome, StoredTransaction } from './entry.js';
import type { IdSpan } from './reportVerbs.js';

export interface Cutover {
  readonly id: number;
  /** The business day that it closed, YYYYMMDD. */
  readonly day: string;
  /** What the day holds: of the journal, what was approved as it was entered; of settlings, what ended or was undone later. */
  readonly sales: IdSpan;
  readonly settlings: IdSpan;
  readonly by: string;
  readonly at: number;
}

export type CutoverResult =
  | { readonly kind: 'closed'; readonly cutover: Cutover }
  /** That day, or a later one, was closed before: nothing changed. */
  | { readonly kind: 'closed-before'; readonly cutover: Cutover };

export interface Reconciling {
  /** The reconciliation's own journal entry (message class 5). */
  readonly entry: JournalEntry;
  /** A day that was closed, YYYYMMDD; '' or one after it: since the last cutover. */
  readonly day: string;
  /** Totals of the entry's terminal, or of all terminals of its acquirer. */
  readonly scope: 'terminal' | 'acquirer';
  /** ISO 4217 numeric; '': the one in which there was anything to count. */
  readonly currency: string;
  readonly said: SaidFigures;
  /** Outcome stored where the figures agree; and where they do not. */
  readonly accepted: StoredOutcome;
  readonly mismatch: StoredOutcome;
}

export interface Reconciliation {
  readonly currency: string;
  readonly agreed: boolean;
  /** Our own, as they were when it was answered. */
  readonly figures: Figures;
}

export type ReconcileResult =
  | {
      readonly kind: 'repeat';
      readonly transaction: StoredTransaction;
      readonly reconciliation: Reconciliation | undefined;
    }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'reconciled'; readonly id: number; readonly reconciliation: Reconciliation }
  /** No such day was closed: nothing changed. */
  | { readonly kind: 'unknown-day' }
  /** It names no currency, and there were several: nothing changed. */
  | { readonly kind: 'several-currencies' };

/** Something that counts in a day's settlement. */
export interface Settled {
  /** Its place among sales or settlings: where to go on. */
  readonly at: number;
  /** False where it was undone. */
  readonly done: boolean;
  /** What its merchant earned of it, minor units: what its postings say of accounts `commission:…`. */
  readonly commission: number;
  readonly transaction: StoredTransaction;
}

export interface SettledPage {
  readonly settled: readonly Settled[];
  /** Where to go on; `last` where there is nothing more. */
  readonly after: number;
}

/** A doubtful transaction ended by hand: somebody asked the supplier, and decides. */
export interface Resolving {
  readonly id: number;
  readonly as: 'done' | 'undone';
  readonly by: string;
  readonly why: string;
  readonly at: number;
  /** Outcome stored where it is done and had no approval yet; and where it was pending and is undone. */
  readonly approved: StoredOutcome;
  readonly declined: StoredOutcome;
}

export interface Resolution {
  readonly transaction: number;
  /** The states before and after. */
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

export type ResolveResult =
  | { readonly kind: 'resolved'; readonly resolution: Resolution }
  | { readonly kind: 'unknown' }
  /** In a state that is no doubt: nothing changed. */
  | { readonly kind: 'not-doubtful'; readonly state: string }
  /** Its supplier is being asked, or what it said is not on disk yet; it may be resolved from then on. */
  | { readonly kind: 'under-way'; readonly until: number }
  /** A PIN sale may only be undone: a PIN that its supplier issued is not here. */
  | { readonly kind: 'no-pin' };

export interface DayVerbs {
  /** Closes `day`, and every open day before it. One commit; what is entered after it belongs to the next day. */
  cutover(day: string, by: string): Promise<CutoverResult>;
  /** Brings the totals of the open day up to date, portion by portion. */
  tallyUp(): Promise<void>;
  /** Latest first. */
  cutovers(limit: number): Promise<readonly Cutover[]>;
  reconcile(reconciling: Reconciling): Promise<ReconcileResult>;
  /** Sales that were approved as they were entered, by id. */
  soldAtOnce(span: IdSpan, limit: number): Promise<SettledPage>;
  /** What ended or was undone later, in that order. */
  settledLater(span: IdSpan, limit: number): Promise<SettledPage>;

  /** Ends doubt by hand: state, money and the end of forwarding, recorded with who and why, in one commit. */
  resolve(resolving: Resolving): Promise<ResolveResult>;
  /** Of one transaction, in the order in which they were made. */
  resolutions(transaction: number): Promise<readonly Resolution[]>;
}
