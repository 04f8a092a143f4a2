/**
 * The PINs that are next for sale, soonest expiry first, a window of each product in memory, so that a sale
 * needs no SELECT. A window holds only rows that are in stock in the current transaction: it is dropped where
 * another process committed, where PINs came or moved otherwise, and at a rollback; then it is read again.
 * At most `windowMax` rows a product are held. Nothing is for sale at a member switch that was told to stop.
 */
import type { Connection } from '../engine.js';
import type { ChangeLog } from '../network/changeLog.js';
import { PIN_COLUMNS, type ShelfRow } from './pins.js';

interface Window {
  readonly today: string;
  readonly rows: readonly ShelfRow[];
  next: number;
}

export const NEXT_FOR_SALE = `SELECT ${PIN_COLUMNS}, transfer FROM pin
  WHERE product = ? AND custody = 'stock' AND expiry >= ? ORDER BY expiry, id LIMIT ?`;

export class Shelf {
  readonly #windows = new Map<string, Window>();
  readonly #log: ChangeLog;
  readonly #windowMax: number;
  readonly #read;

  constructor(db: Connection, log: ChangeLog, windowMax: number) {
    this.#log = log;
    this.#windowMax = windowMax;
    this.#read = db.prepare<[string, string, number], ShelfRow>(NEXT_FOR_SALE);
    this.#read.raw();
  }

  /** The next `count` PINs, left where they are; undefined where there are not so many. */
  next(product: string, today: string, count: number): readonly ShelfRow[] | undefined {
    if (this.#log.isStopped) return undefined;
    let window = this.#windows.get(product);
    if (!window || window.today !== today || window.rows.length - window.next < count) {
      const rows = this.#read.all(product, today, Math.max(this.#windowMax, count));
      window = { today, rows, next: 0 };
      this.#windows.set(product, window);
      if (rows.length < count) return undefined;
    }
    return window.rows.slice(window.next, window.next + count);
  }

  /** How many of `count` there are not. */
  missing(product: string, today: string, count: number): number {
    if (this.#log.isStopped) return count;
    if (this.next(product, today, count)) return 0;
    const window = this.#windows.get(product);
    return count - (window ? window.rows.length - window.next : 0);
  }

  /** What next() showed has been sold. */
  take(product: string, count: number): void {
    const window = this.#windows.get(product);
    if (window) window.next += count;
  }

  forget(product: string): void {
    this.#windows.delete(product);
  }

  forgetAll(): void {
    this.#windows.clear();
  }
}
