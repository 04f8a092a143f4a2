/** Retention: old transactions leave for files of their own, and what they stand for stays in the books. */

export interface ArchiveQuery {
  /** Received and ended before, milliseconds since the epoch. */
  readonly before: number;
  /** Numbers after this one, up to and with `last`. */
  readonly after: number;
  readonly last: number;
  /** Transactions at most; the items of a batch come besides. */
  readonly limit: number;
}

export interface Archivable {
  readonly id: number;
  readonly receivedAt: number;
  /** JSON, one object a line: itself, then the items where it is a batch. Codes of PINs and accounts are sealed in it. */
  readonly lines: readonly string[];
}

export interface ArchivePortion {
  /** Where to go on. */
  readonly next: number;
  readonly found: readonly Archivable[];
}

export interface Archive {
  /** Of its file. */
  readonly name: string;
  /** Of its first transaction, YYYYMMDD, UTC. */
  readonly day: string;
  /** Of the file's bytes, hexadecimal. */
  readonly sha256: string;
  /** Transactions in it, items of batches among them. */
  readonly rows: number;
  /** How many of them have left the journal. */
  readonly removed: number;
  readonly isDone: boolean;
  readonly at: number;
}

export interface ArchiveVerbs {
  /**
   * Transactions that may leave: final, and nothing that is still kept cites them as it does a live one (an account's
   * last credit, a card's last move, a quarantined PIN, what is due at a supplier or has to be told to the hub).
   */
  archivable(query: ArchiveQuery): Promise<ArchivePortion>;
  /** By name. */
  archives(): Promise<readonly Archive[]>;
  /** Its file is on disk. */
  beginArchive(archive: Pick<Archive, 'name' | 'day' | 'sha256' | 'rows'>): Promise<void>;
  /**
   * Takes these out of the journal, batches with their items, as far as they may still leave, in one commit: their PINs'
   * codes go, marks stay. Resolves to the number of rows that went.
   */
  removeArchived(name: string, ids: readonly number[], before: number): Promise<number>;
  endArchive(name: string): Promise<void>;
  /** Takes away what only removed transactions needed, a portion behind `after`. Resolves to where to go on, 0: at the end. */
  sweepArchived(after: number, before: number): Promise<number>;
}
