/** The verbs of the journal: a transaction's way from its opening to its end, its undoing, and what is still due. */
import type { Reason } from '../domain/reason.js';
import type { Custody } from '../domain/transaction.js';
import type { Doubt, JournalEntry, SealedPin, StoredOutcome, StoredTransaction } from './entry.js';
import type { Effects, Refused, Reward } from './ledgerVerbs.js';
import type { Remembering } from './memoryVerbs.js';

/** The key was met before. */
export type Met =
  /** Same content: `transaction` tells whether it is pending, answered or reversed. */
  | { readonly kind: 'repeat'; readonly transaction: StoredTransaction }
  /** Other content under the same key. Nothing changed. */
  | { readonly kind: 'conflict' }
  /** A reversal came first: recorded as declined with reason `reversed`. */
  | { readonly kind: 'tombstone'; readonly id: number };

/** What a transaction lacks here, and a network may have elsewhere. */
export type Lack =
  | { readonly of: 'stock'; readonly product: string; readonly count: number }
  /** So many minor units below the floor of that ledger account. */
  | { readonly of: 'money'; readonly account: string; readonly currency: string; readonly amount: number };

/** Stock or money is short where the verb was told that it may wait: nothing was recorded, the key stays fresh. */
export interface Short {
  readonly kind: 'short';
  /** All that it lacks, so that it can be asked for at once. */
  readonly lacks: readonly Lack[];
}

/** True: where stock or money is short, that is told (Short) in place of a refusal, and nothing is recorded. */
export interface MayWait {
  readonly mayWait?: boolean | undefined;
}

export interface Sale extends MayWait {
  readonly entry: JournalEntry;
  readonly outcome: StoredOutcome;
  /** YYYYMMDD: PINs whose expiry is before it are not sold. */
  readonly today: string;
  /** Where there are not so many PINs: the supplier at which it is opened instead, in the same commit. */
  readonly orElse?: Attempt | undefined;
  readonly effects?: Effects | undefined;
  /** A PIN in place of a credit: what is remembered of the account, where it is sold. */
  readonly remember?: Remembering | undefined;
}

export type SaleResult =
  | Met
  | Refused
  | {
      readonly kind: 'sold';
      readonly id: number;
      readonly pins: readonly SealedPin[];
    }
  /** Recorded as declined, `out-of-stock`; no PIN moved. */
  | { readonly kind: 'out-of-stock'; readonly id: number }
  /** Pending at `orElse`; no PIN moved. */
  | { readonly kind: 'opened'; readonly id: number };

/** A credit of an account that is managed in our own ledger. */
export interface Crediting extends MayWait {
  readonly entry: JournalEntry;
  /** Its balance is put in by the store. */
  readonly outcome: StoredOutcome;
  readonly effects: Effects;
  readonly reward?: Reward | undefined;
  /** The ledger account whose balance, in the entry's currency and after all of this, the outcome tells. */
  readonly account: string;
  readonly remember?: Remembering | undefined;
}

export type CreditResult =
  | Met
  | Refused
  /** `outcome` as it was stored. */
  | { readonly kind: 'credited'; readonly id: number; readonly outcome: StoredOutcome };

/** One supplier, asked once under one reference. */
export interface Attempt {
  readonly supplier: string;
  /** Ours, unique per attempt. */
  readonly reference: string;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly doubt: Doubt;
}

export interface Opening extends Attempt, MayWait {
  readonly entry: JournalEntry;
  readonly effects?: Effects | undefined;
  /** Its receipt is the approved outcome's. */
  readonly reward?: Reward | undefined;
}

export type OpenResult = Met | Refused | { readonly kind: 'opened'; readonly id: number };

/** What must be sent to a supplier again and again until it is answered. */
export interface Forwarding {
  /** The id of its transaction: at most one forwarding stands beside a transaction. */
  readonly id: number;
  readonly transaction: StoredTransaction;
  /** reversal: undo what may have been done. inquiry: find out what was done (the supplier cannot undo). */
  readonly kind: Doubt;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly nextAt: number;
}

export interface Closing {
  readonly id: number;
  /** The reference of the attempt that ended; a closing with an older one changes nothing ('superseded'). */
  readonly reference: string;
  readonly state: 'approved' | 'declined' | 'reversing';
  readonly outcome: StoredOutcome;
  readonly closedAt: number;
  /** PINs that the supplier issued at the moment of sale: enter as sold. */
  readonly issued: readonly IssuedPin[];
  /** With state `reversing`: the forwarding recorded in the same commit. */
  readonly forward: { readonly kind: Doubt; readonly nextAt: number } | undefined;
  /** What is remembered of the account, where it is approved. */
  readonly remember?: Remembering | undefined;
}

export interface IssuedPin {
  readonly product: string;
  readonly supplier: string;
  readonly batch: number;
  readonly sealed: Uint8Array;
  readonly mark: string;
  readonly serial: string;
  readonly expiry: string;
}

export type CloseResult =
  /** `receiptId` as it was stored: the outcome's, or its reward's. */
  | { readonly kind: 'closed'; readonly receiptId: number; readonly pins: readonly SealedPin[] }
  /** No longer pending under that reference (a reversal came, or it was closed before): the answer is
   *  suppressed. PINs issued with it enter as quarantined: accounted for, never sold. Where it is reversing
   *  under that reference: a decline settles the forwarding, and it is reversed; an approval or a doubt lets
   *  the forwarding go out at once. `transaction` is as it stands after that. */
  | { readonly kind: 'superseded'; readonly transaction: StoredTransaction }
  /** It was being undone by an inquiry, and the inquiry says: done. Such a supplier cannot undo, so it is
   *  approved (again) and the forwarding is gone, though the terminal was told of a reversal. */
  | { readonly kind: 'stands'; readonly transaction: StoredTransaction }
  /** A PIN issued here was issued or taken in before: nothing changed, still pending; treat it as doubt. */
  | { readonly kind: 'issued-before' };

/** How a reversal names its original; '' where it does not say. Tried in this order: citation, RRN, approval. */
export interface OriginalQuery {
  readonly acquirer: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly messageClass: string;
  readonly stan: string;
  /** YYYYMMDD days on which the original may stand under `stan` or `rrn`, most likely first. RRNs are used again,
   *  so one of another day is another transaction; empty: any day, for `rrn` alone. */
  readonly dates: readonly string[];
  /** DE7 of the original. Where both sides have it they must be near (citation.ts), and the nearest counts. */
  readonly transmittedAt: string;
  /** hhmmss of the original; compared where both sides have it. */
  readonly localTime: string;
  readonly rrn: string;
  readonly approvalCode: string;
  /** Minor units; null where the reversal does not say. Must equal the original's where it does. */
  readonly amount: number | null;
  readonly accountMark: string;
}

export interface Reversing {
  /** The reversal's own journal entry (message class 4). */
  readonly entry: JournalEntry;
  readonly original: OriginalQuery;
  /** What becomes of stock PINs that the original sold. */
  readonly pinsTo: Extract<Custody, 'quarantined' | 'void'>;
  readonly now: number;
  /** Outcome stored where the original was found. */
  readonly accepted: StoredOutcome;
  /** And where it was not, with a tombstone; undefined: then nothing is recorded. */
  readonly unknown: StoredOutcome | undefined;
  /** Outcome stored where the original stands because its supplier cannot undo it. */
  readonly refused: StoredOutcome;
  /** Of a batch only these items; undefined: all of them, or an original that is no batch. */
  readonly items?: ReversedItems | undefined;
}

export interface ReversedItems {
  readonly numbers: readonly number[];
  /** Minor units: of these items together, or of the whole batch; null where the reversal does not say. */
  readonly amount: number | null;
}

export type ReverseResult =
  | { readonly kind: 'repeat'; readonly transaction: StoredTransaction }
  | { readonly kind: 'conflict' }
  /** The original was undone here by this reversal; a supplier (if any) is told by the forwarding recorded beside it. */
  | {
      readonly kind: 'reversed';
      readonly id: number;
      readonly original: StoredTransaction;
    }
  /** Undone already, or declined before: no second effect. */
  | {
      readonly kind: 'nothing-to-undo';
      readonly id: number;
      readonly original: StoredTransaction;
    }
  /** An approved credit at a supplier that cannot undo (doubt 'inquiry'): nothing changed, it stands. */
  | {
      readonly kind: 'stands';
      readonly id: number;
      readonly original: StoredTransaction;
    }
  /** Of a batch: some items were undone, others stand (recorded with reason `partial`). */
  | {
      readonly kind: 'partly-reversed';
      readonly id: number;
      readonly original: StoredTransaction;
    }
  /** It names an item that the original does not have, or another amount: recorded as declined, nothing undone. */
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly reason: Extract<Reason, 'original-not-found' | 'invalid-amount'>;
    }
  /** No such original: a tombstone waits for it. */
  | { readonly kind: 'unknown'; readonly id: number }
  /** No such original, and nothing changed. */
  | { readonly kind: 'unrecorded' };

export interface TransactionQuery {
  readonly stan?: string;
  readonly rrn?: string;
  readonly id?: number;
  /** In full. */
  readonly key?: string;
  readonly limit: number;
}

/** Deadlines that need no look yet: from, to, milliseconds since the epoch, both included. */
export interface DeadlineSpan {
  readonly from: number;
  readonly to: number;
}

export interface JournalVerbs {
  /** Open, take the PINs (soonest expiry first, all or none) and close approved, in one commit; out of stock: `orElse`. */
  sell(sale: Sale): Promise<SaleResult | Short>;
  /** Open, credit an account of our own ledger and close approved, in one commit. */
  credit(crediting: Crediting): Promise<CreditResult | Short>;
  /** Open and close as declined in one commit: a refusal that no supplier heard of. */
  decline(entry: JournalEntry, outcome: StoredOutcome): Promise<OpenResult>;
  /** Record the intent to ask `supplier` under `reference`, before a byte leaves. */
  open(opening: Opening): Promise<OpenResult | Short>;
  /** A new supplier and reference for a pending transaction, after a definite "nothing done". False where it is no longer pending. */
  reroute(id: number, attempt: Attempt): Promise<boolean>;
  close(closing: Closing): Promise<CloseResult>;
  /** Doubt about a supplier that cannot undo: the transaction stays pending, and an inquiry stands beside it
   *  until `close` ends both. False where it is no longer pending under that reference. */
  inquire(id: number, reference: string, nextAt: number): Promise<boolean>;
  reverse(reversing: Reversing): Promise<ReverseResult>;

  /** Every transaction that is pending with no inquiry beside it: after a start, what the last process left. Without
   *  those that are in time, where it is said what that is. Not batches: those end with their items. */
  pending(inTime?: DeadlineSpan): Promise<readonly StoredTransaction[]>;
  /** Open forwardings, soonest first. */
  forwardings(limit: number): Promise<readonly Forwarding[]>;
  forwardingCount(): Promise<number>;
  /** Counts an attempt before it is sent, after so many, and sets when the next one is due. False where it is no longer
   *  due, or another process has counted it: do not send it. */
  countAttempt(id: number, attempts: number, nextAt: number): Promise<boolean>;
  /** The supplier acknowledged a reversal: forwarding gone, transaction reversed. False where it was no longer reversing. */
  settleForwarding(id: number): Promise<boolean>;

  /** What a reversal with this query would undo, or the reversal that it names. Behind every write handed over before. */
  original(query: OriginalQuery, of: 'transaction' | 'reversal'): Promise<StoredTransaction | undefined>;
  find(query: TransactionQuery): Promise<readonly StoredTransaction[]>;
}
