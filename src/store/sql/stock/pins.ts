/** A PIN's row as it crosses between threads, and the statements that move one. */
import type { Custody } from '../../../domain/transaction.js';
import { BooksWrong } from '../booksWrong.js';
import type { Flat } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import type { ChangeLog } from '../network/changeLog.js';
import type { Levels } from './levels.js';

/** As PinRow; text costs a third of what a Buffer made by the driver does. */
export const PIN_COLUMNS = 'id, batch, hex(sealed), serial, expiry';

/** id, batch, sealed as hex, serial, expiry. */
export type PinRow = readonly [number, number, string, string, string];

/** The same, with the transfer by which it came (network/changeLog.ts). */
export type ShelfRow = readonly [...PinRow, number];

export function packPin(out: Flat, [id, batch, sealed, serial, expiry]: PinRow | ShelfRow): void {
  out.push(id, batch, sealed, serial, expiry);
}

export const SELL_PIN = `UPDATE pin SET custody = 'sold', sold_in = ? WHERE id = ? AND custody = 'stock'`;

export class Pins {
  readonly #levels: Levels;
  readonly #log: ChangeLog;
  readonly #sell;
  readonly #move;

  constructor(db: Connection, levels: Levels, log: ChangeLog) {
    this.#levels = levels;
    this.#log = log;
    this.#sell = db.prepare<[number, number]>(SELL_PIN);
    this.#move = db.prepare<[Custody, number | null, number, Custody], { product: string; transfer: number }>(
      'UPDATE pin SET custody = ?, sold_in = ? WHERE id = ? AND custody = ? RETURNING product, transfer',
    );
  }

  /** It was next for sale a moment ago in this same transaction: anything but one row is a fault of the books. */
  sell([id, , , , , transfer]: ShelfRow, product: string, transaction: number): void {
    if (this.#sell.run(transaction, id).changes !== 1) throw new BooksWrong('books: a PIN for sale was not');
    this.#levels.move(product, 'stock', 'sold');
    if (this.#log.tells(transfer)) this.#log.add(id, 'sold');
  }

  /** False where the PIN is not (or no longer) in `from`. */
  move(id: number, from: Custody, to: Custody, transaction: number | null): boolean {
    const moved = this.#move.get(to, transaction, id, from);
    if (!moved) return false;
    this.#levels.move(moved.product, from, to);
    if (this.#log.tells(moved.transfer)) this.#log.add(id, to);
    return true;
  }
}
