/**
 * Quarantine in a network: what a switch holds it decides on itself, and tells. The hub decides on what it has, and
 * on what switches had that will not be heard again; what it puts back on sale is its own then.
 */
import type { Books } from '../books.js';
import { Holdings } from './hubHoldings.js';

interface Row {
  readonly product: string;
  readonly mark: string;
  readonly holder: number;
  /** 0: its code is not here, so that it can never be sold. */
  readonly sealed: number;
  /** 1: its holder may still be heard. */
  readonly isHeld: number;
}

export class HubDecisions {
  readonly #holdings;
  readonly #find;
  readonly #take;

  constructor(books: Books) {
    const { db } = books;
    this.#holdings = new Holdings(books);
    this.#find = db.prepare<[number], Row>(
      `SELECT product, mark, holder, length(sealed) > 0 AS sealed, holder <> 0 AND NOT EXISTS
       (SELECT 1 FROM network_holder WHERE network_holder.id = holder AND ended_at <> 0) AS isHeld
       FROM pin WHERE id = ? AND custody = 'quarantined'`,
    );
    this.#take = db.prepare<[number]>('UPDATE pin SET holder = 0, transfer = 0 WHERE id = ?');
  }

  /** Whether it may be decided here; then the holdings are as after it, which write() brings to their table. */
  decides(id: number, to: 'stock' | 'void'): boolean {
    const row = this.#find.get(id);
    if (!row || row.isHeld === 1 || (to === 'stock' && row.sealed === 0)) return false;
    if (row.holder === 0) return true;
    const holder = to === 'stock' ? 0 : row.holder;
    if (holder === 0) this.#take.run(id);
    const from = { holder: row.holder, custody: 'quarantined' } as const;
    this.#holdings.follow(row.product, from, { holder, custody: to }, row.mark);
    return true;
  }

  write(): void {
    this.#holdings.write();
  }
}
