/** Batches' rows follow their items, in the commit that moves one. */
import { batchReason, batchState } from '../../../domain/batch.js';
import type { Reason } from '../../../domain/reason.js';
import type { TransactionState } from '../../../domain/transaction.js';
import type { Connection } from '../engine.js';
import { JOURNAL_COLUMNS, type JournalRow } from './journal.js';

/** The constant lets the partial index be used. */
export const ITEMS = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE batch_id = ? AND batch_id <> 0 ORDER BY item`;
export const ITEM_ENDS =
  'SELECT state, reason FROM journal WHERE batch_id = ? AND batch_id <> 0 ORDER BY item';

/** How an item stands; `reason` is null while it is pending. */
export interface ItemEnd {
  readonly state: TransactionState;
  readonly reason: Reason | null;
}

export class Batches {
  readonly #items;
  readonly #ends;
  readonly #settle;
  readonly #reversed;

  constructor(db: Connection) {
    this.#items = db.prepare<[number], JournalRow>(ITEMS);
    this.#ends = db.prepare<[number], ItemEnd>(ITEM_ENDS);
    this.#settle = db.prepare<[TransactionState, Reason | null, number, number]>(
      `UPDATE journal SET state = ?, reason = coalesce(reason, ?),
       closed_at = CASE closed_at WHEN 0 THEN ? ELSE closed_at END WHERE id = ?`,
    );
    this.#reversed = db.prepare<[number]>(
      "UPDATE journal SET reason = 'reversed' WHERE id = ? AND reason IS NULL",
    );
  }

  items(batchId: number): JournalRow[] {
    return this.#items.all(batchId);
  }

  /** After this row moved: nothing where it is no item. */
  follow({ batch_id: batchId }: JournalRow, at: number): void {
    if (batchId !== 0) this.settle(batchId, this.#ends.all(batchId), at);
  }

  /** A reversal undid items: a batch that had not been answered is not answered any more. */
  undone(batchId: number, at: number): void {
    this.#reversed.run(batchId);
    this.settle(batchId, this.#ends.all(batchId), at);
  }

  settle(batchId: number, items: readonly ItemEnd[], at: number): void {
    const state = batchState(items.map((item) => item.state));
    if (state === 'pending') this.#settle.run(state, null, 0, batchId);
    else this.#settle.run(state, batchReason(items.map(({ reason }) => reason ?? 'reversed')), at, batchId);
  }
}
