/**
 * PINs that are or were out, by who holds them, product and custody, with the sum of their marks: what a switch's
 * statement is held against. Moves of one verb add up in memory and reach the table at its end, in the commit of the
 * moves themselves.
 */
import type { Connection } from '../database.js';
import { addMarks, MARK_SUM_MODULUS, markNumber, takeMarks } from './markSum.js';

interface Moved {
  readonly holder: number;
  readonly product: string;
  readonly custody: string;
  count: number;
  sum: number;
}

export class Holdings {
  readonly #add;
  #moved = new Map<string, Moved>();

  constructor(db: Connection) {
    this.#add = db.prepare<[number, string, string, number, number]>(
      `INSERT INTO holding (holder, product, custody, count, sum) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (holder, product, custody) DO UPDATE
       SET count = count + excluded.count, sum = (sum + excluded.sum) % ${MARK_SUM_MODULUS}`,
    );
  }

  /** Nothing is kept of what the hub has itself: holder 0. */
  enter(holder: number, product: string, custody: string, mark: string): void {
    if (holder === 0) return;
    const moved = this.#of(holder, product, custody);
    moved.count += 1;
    moved.sum = addMarks(moved.sum, markNumber(mark));
  }

  leave(holder: number, product: string, custody: string, mark: string): void {
    if (holder === 0) return;
    const moved = this.#of(holder, product, custody);
    moved.count -= 1;
    moved.sum = takeMarks(moved.sum, markNumber(mark));
  }

  /** Many PINs of one product at once. */
  enterAll(holder: number, product: string, custody: string, marks: readonly string[]): void {
    for (const mark of marks) this.enter(holder, product, custody, mark);
  }

  /** At the end of each verb. */
  write(): void {
    for (const { holder, product, custody, count, sum } of this.#moved.values())
      this.#add.run(holder, product, custody, count, sum);
    this.#moved = new Map();
  }

  #of(holder: number, product: string, custody: string): Moved {
    const key = `${holder}|${custody}|${product}`;
    let moved = this.#moved.get(key);
    if (!moved) {
      moved = { holder, product, custody, count: 0, sum: 0 };
      this.#moved.set(key, moved);
    }
    return moved;
  }
}
