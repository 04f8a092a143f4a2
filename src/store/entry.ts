/** A transaction as the journal keeps it: what was asked, under which key, and what came of it. */
import type { Reason } from '../domain/reason.js';
import type { TransactionState } from '../domain/transaction.js';

/** How the journal knows a transaction and what was asked. One entry per transaction key. */
export interface JournalEntry {
  /** Unique: see switch/keys.ts. Begins `YYYYMMDD|STAN|terminal|`, so that one index serves key and STAN. */
  readonly key: string;
  /** Keyed hash of what was asked for: the same key with another one is a conflict. */
  readonly fingerprint: string;
  readonly acquirer: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly messageClass: string;
  readonly stan: string;
  readonly rrn: string;
  /** DE7, MMDDhhmmss. */
  readonly transmittedAt: string;
  /** YYYYMMDD. */
  readonly localDate: string;
  /** hhmmss or ''. */
  readonly localTime: string;
  readonly service: string;
  readonly product: string;
  readonly quantity: number;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** As the terminal sent it; '' where it did not. A supplier is told the same at every attempt. */
  readonly region: string;
  /** The account, sealed; null where none was sent. */
  readonly account: Uint8Array | null;
  /** Keyed hash of the account, '' where none was sent: finds, but does not tell. */
  readonly accountMark: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** What the terminal is told besides the PINs. */
export interface StoredOutcome {
  readonly reason: Reason;
  readonly approvalCode: string;
  /** Minor units; null where there is none. */
  readonly balance: number | null;
  readonly balanceCurrency: string;
  /** YYYYMMDD or ''. */
  readonly accountExpiry: string;
  readonly supplierReason: string;
  /** From internReceipt(); 0 for none. */
  readonly receiptId: number;
}

/** A PIN as it lies on disk. `sealed` is opened only by stock/vault.ts, with product and serial as additional data. */
export interface SealedPin {
  readonly id: number;
  /** Id of the key batch that sealed it. */
  readonly batch: number;
  readonly sealed: Uint8Array;
  readonly serial: string;
  /** YYYYMMDD. */
  readonly expiry: string;
}

/** A transaction as the journal has it; `pins` are those that it still holds, whatever their custody. */
export interface StoredTransaction extends JournalEntry {
  readonly id: number;
  readonly state: TransactionState;
  /** '' or the name of the supplier it was (last) routed to. */
  readonly supplier: string;
  /** Our own reference towards that supplier: unique per attempt at a supplier, never reused. */
  readonly reference: string;
  /** Deadline of the pending attempt, milliseconds since the epoch; 0 where there is none. */
  readonly deadlineAt: number;
  /** How doubt about that attempt is ended; '' where no supplier was asked. */
  readonly doubt: Doubt | '';
  readonly outcome: StoredOutcome | undefined;
  /** Whose stock its PINs came from, where that is not `product`'s: a card's; else ''. */
  readonly pinProduct: string;
  readonly pins: readonly SealedPin[];
  /** Milliseconds since the epoch; 0 while pending. */
  readonly closedAt: number;
  /** Of a reversal: id of the transaction that it undid; else 0. */
  readonly originalId: number;
  /** Of a batch's item: id of the batch, and its number in it; else 0. */
  readonly batchId: number;
  readonly item: number;
}

/** What a supplier offers where nobody can tell what it did: it undoes, or it tells (and cannot undo). */
export type Doubt = 'reversal' | 'inquiry';
