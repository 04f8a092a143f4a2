/**
 * The store's verbs. Each is one atomic transaction and one promise that resolves only when the result is
 * on disk: whoever awaits it may answer. There are no begin/commit handles. The same contract suite
 * (test/contract/) runs on every implementation.
 *
 * Errors: StoreFull where the disk is full (nothing was changed, the store goes on); StoreBusy where the
 * queue is at its limit (nothing was changed); StoreBroken on any other I/O error: never retried, the
 * program stops selling and exits, and recovers from what stands. Secrets reach the store sealed.
 */

import type { ArchiveVerbs } from './archiveVerbs.js';
import type { BatchVerbs } from './batchVerbs.js';
import type { CardVerbs } from './cardVerbs.js';
import type { CatalogueVerbs } from './catalogueVerbs.js';
import type { DayVerbs } from './dayVerbs.js';
import type { ExportVerbs } from './exportVerbs.js';
import type { HubVerbs } from './hubVerbs.js';
import type { JournalVerbs } from './journalVerbs.js';
import type { LedgerVerbs } from './ledgerVerbs.js';
import type { MemberVerbs } from './memberVerbs.js';
import type { MemoryVerbs } from './memoryVerbs.js';
import type { OrderVerbs } from './orderVerbs.js';
import type { ReportVerbs } from './reportVerbs.js';
import type { StockVerbs } from './stockVerbs.js';
import type { TrailVerbs } from './trailVerbs.js';

export type * from './archiveVerbs.js';
export type * from './batchVerbs.js';
export type * from './cardVerbs.js';
export type * from './catalogueVerbs.js';
export type * from './dayVerbs.js';
export type * from './entry.js';
export type * from './exportVerbs.js';
export type * from './hubVerbs.js';
export type * from './journalVerbs.js';
export type * from './ledgerVerbs.js';
export type * from './memberVerbs.js';
export type * from './memoryVerbs.js';
export type * from './orderVerbs.js';
export type * from './reportVerbs.js';
export type * from './stockVerbs.js';
export type * from './trailVerbs.js';

export interface Store
  extends CardVerbs,
    CatalogueVerbs,
    JournalVerbs,
    BatchVerbs,
    LedgerVerbs,
    MemoryVerbs,
    MemberVerbs,
    HubVerbs,
    OrderVerbs,
    StockVerbs,
    ReportVerbs,
    DayVerbs,
    ArchiveVerbs,
    TrailVerbs,
    ExportVerbs {
  /** A small durable value of the program's own (first start done, business date …). */
  setting(name: string): Promise<string | undefined>;
  setSetting(name: string, value: string): Promise<void>;

  /**
   * Whether no other process serves from these books now. One that was killed is gone as soon as its session is; one whose
   * connection was lost counts again from its next read on.
   */
  servesAlone(): Promise<boolean>;
  /**
   * Whether this process is the one that does what only one may do on these books. The first that asks is, until its session
   * ends; then the next one that asks.
   */
  leads(): Promise<boolean>;

  /** Resolves when everything accepted is on disk and the files are closed. */
  shutdown(): Promise<void>;
}
