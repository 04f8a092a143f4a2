/** The verbs of stock: intake, levels, custody and its audit; and of what stands beside it: keys, receipts. */
import type { Custody } from '../domain/transaction.js';
import type { SealedPin } from './entry.js';

/** One row of an intake, sealed. */
export interface IntakeRow {
  /** Line in the batch file, for the report. */
  readonly line: number;
  readonly product: string;
  readonly sealed: Uint8Array;
  /** Keyed fingerprint of supplier and PIN: unique. */
  readonly mark: string;
  readonly serial: string;
  /** YYYYMMDD. */
  readonly expiry: string;
}

export interface IntakeChunk {
  readonly supplier: string;
  /** Names the batch (hash of its contents): a resumed intake goes on after `progress`. */
  readonly intake: string;
  readonly batch: number;
  /** 1,000 rows a chunk keep sales beside it smooth (a chunk is one commit); 5,000 are fastest. */
  readonly rows: readonly IntakeRow[];
  /** Lines of this chunk refused before they got here (malformed); counted into the state. */
  readonly malformed?: number;
  /** Lines read so far, this chunk included; stored with it. */
  readonly progress: number;
  readonly at: number;
}

export interface IntakeResult {
  readonly taken: number;
  /** Lines of PINs that were known already. */
  readonly known: readonly number[];
}

export interface IntakeState {
  readonly progress: number;
  readonly taken: number;
  readonly refused: number;
}

/** A data key that seals PINs (and accounts), wrapped by the versioned key of that id. */
export interface KeyBatch {
  readonly id: number;
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

export interface StockLevel {
  readonly product: string;
  readonly custody: Custody;
  readonly count: number;
}

export interface Audit {
  /** PINs ever taken in or issued, by the intake records. */
  readonly takenIn: number;
  readonly byCustody: Readonly<Record<Custody, number>>;
  /** Faults found, in words; empty where the books are right. Each sold PIN has exactly one approved sale,
   *  no PIN stands in two transactions, each approved PIN sale has its PINs, counts add up. */
  readonly faults: readonly string[];
}

export interface Decision {
  readonly pinIds: readonly number[];
  readonly to: Extract<Custody, 'stock' | 'void'>;
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

export interface StockVerbs {
  /** Id of a receipt template, the same for the same lines. */
  internReceipt(lines: readonly string[]): Promise<number>;
  receipts(): Promise<ReadonlyMap<number, readonly string[]>>;

  addKeyBatch(keyId: string, wrapped: Uint8Array): Promise<number>;
  keyBatches(): Promise<readonly KeyBatch[]>;
  rewrapKeyBatch(id: number, keyId: string, wrapped: Uint8Array): Promise<void>;

  takeIn(chunk: IntakeChunk): Promise<IntakeResult>;
  intakeState(intake: string): Promise<IntakeState | undefined>;
  levels(): Promise<readonly StockLevel[]>;
  /** Moves unsold PINs that expired before `today` (YYYYMMDD) out of sale; says how many. */
  expire(today: string): Promise<number>;
  quarantined(limit: number): Promise<
    readonly (SealedPin & {
      readonly product: string;
      readonly transaction: number;
    })[]
  >;
  /** Takes PINs out of quarantine by a recorded decision; says how many moved. */
  decide(decision: Decision): Promise<number>;
  audit(): Promise<Audit>;
}
