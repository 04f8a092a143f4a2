/**
 * The verbs of batches: several items under one key, each a transaction of its own that is bound to the batch's row
 * and is closed, undone, forwarded and audited as any other. The batch's row follows from its items in the same
 * commits: pending while one is, then approved while one stands, then declined or reversed. Its reason is set once:
 * when the last item has ended, or `reversed` where a reversal came before that (then its answer is suppressed).
 */

import type { CardBinding, CardRefused } from './cardVerbs.js';
import type { JournalEntry, SealedPin, StoredOutcome, StoredTransaction } from './entry.js';
import type { Attempt, Crediting, MayWait, Met, Short } from './journalVerbs.js';
import type { Effects, Refused, Reward } from './ledgerVerbs.js';
import type { Remembering } from './memoryVerbs.js';

export type BatchItem = {
  /** Unique in its batch, 1 to 99. */
  readonly number: number;
  /** Its key is the batch's with the number in it, so that it is new whenever the batch's is. */
  readonly entry: JournalEntry;
  readonly effects?: Effects | undefined;
} & (
  | {
      /** Sold from stock; where there are not so many PINs, opened at `orElse`, else declined. */
      readonly way: 'stock';
      readonly outcome: StoredOutcome;
      readonly orElse?: Attempt | undefined;
      /** As in the verb `sell`. */
      readonly remember?: Remembering | undefined;
    }
  | { readonly way: 'supplier'; readonly attempt: Attempt; readonly reward?: Reward | undefined }
  /** Credits an account of our own ledger, as `credit` does. */
  | ({ readonly way: 'ledger' } & Omit<Crediting, 'entry' | 'mayWait'>)
  | {
      /** Activates a value card, as `moveCard` does. */
      readonly way: 'card';
      readonly outcome: StoredOutcome;
      readonly card: CardBinding;
      readonly pinProduct: string;
    }
  /** Declined as it comes. */
  | { readonly way: 'refused'; readonly outcome: StoredOutcome }
);

export interface Batch extends MayWait {
  readonly entry: JournalEntry;
  /** Kept with the batch's row. */
  readonly approvalCode: string;
  /** YYYYMMDD: PINs whose expiry is before it are not sold. */
  readonly today: string;
  /** In the order in which stock and money are theirs. */
  readonly items: readonly BatchItem[];
}

export type ItemResult =
  | Refused
  | CardRefused
  /** Or, of a card: activated, with the PIN that it got. */
  | { readonly kind: 'sold'; readonly id: number; readonly pins: readonly SealedPin[] }
  /** `balance`, and `receiptId` where it is not 0, are what its outcome was stored with. */
  | { readonly kind: 'credited'; readonly id: number; readonly balance: number; readonly receiptId: number }
  | { readonly kind: 'out-of-stock'; readonly id: number }
  | { readonly kind: 'opened'; readonly id: number }
  | { readonly kind: 'declined'; readonly id: number };

export type BatchResult =
  /** A tombstone declines the whole batch, whichever items its reversal named: no item is entered. */
  | Met
  /** Results in the order of the items. */
  | { readonly kind: 'entered'; readonly id: number; readonly items: readonly ItemResult[] };

/** A batch as it stands, items by number. One that was refused whole has none. */
export interface StoredBatch {
  readonly batch: StoredTransaction;
  readonly items: readonly StoredTransaction[];
}

export interface BatchVerbs {
  /** Enters a batch and all its items in one commit: those from stock sold, those of suppliers opened, each on its
   *  own: what one is refused for (stock, money, limits) does not touch the others. */
  sellBatch(batch: Batch): Promise<BatchResult | Short>;
  batch(id: number): Promise<StoredBatch | undefined>;
}
