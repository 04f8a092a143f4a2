/**
 * PINs that are or were out, by who holds them, product and custody, with the sum of their marks: what a switch's
 * statement is held against. What one verb moves adds up in memory, the levels with it, and reaches the table at the
 * verb's end, in the commit of the moves themselves.
 */
import type { Custody } from '../../../domain/transaction.js';
import type { Books } from '../books.js';
import { addMarks, MARK_SUM_MODULUS, markNumber, takeMarks } from './markSum.js';

/** Holder 0: the hub, of which no holdings are kept. */
export interface Where {
  readonly holder: number;
  readonly custody: Custody;
}

interface Moved extends Where {
  readonly product: string;
  count: number;
  sum: number;
}

export class Holdings {
  readonly #books: Books;
  readonly #add;
  #moved = new Map<string, Moved>();

  constructor(books: Books) {
    this.#books = books;
    this.#add = books.db.prepare<[number, string, string, number, number]>(
      `INSERT INTO holding (holder, product, custody, count, sum) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (holder, product, custody) DO UPDATE
       SET count = holding.count + excluded.count, sum = (holding.sum + excluded.sum) % ${MARK_SUM_MODULUS}`,
    );
  }

  /** PINs of one product, by their marks. */
  move(product: string, from: Where, to: Where, marks: readonly string[]): void {
    const sum = sumOf(marks);
    this.#count(product, from, -marks.length, takeMarks(0, sum));
    this.#count(product, to, marks.length, sum);
    const { levels, shelf } = this.#books;
    levels.move(product, from.custody, to.custody, marks.length);
    if (from.custody === 'stock' || to.custody === 'stock') shelf.forget(product);
  }

  /** One that was not known. */
  enter(product: string, to: Where, mark: string): void {
    this.#count(product, to, 1, markNumber(mark));
    this.#books.levels.enter(product, to.custody, 1);
  }

  /** One whose level is moved by others. */
  follow(product: string, from: Where, to: Where, mark: string): void {
    const number = markNumber(mark);
    this.#count(product, from, -1, takeMarks(0, number));
    this.#count(product, to, 1, number);
  }

  /** At the end of each verb. */
  write(): void {
    for (const { holder, product, custody, count, sum } of this.#moved.values())
      this.#add.run(holder, product, custody, count, sum);
    this.#moved = new Map();
  }

  #count(product: string, { holder, custody }: Where, count: number, sum: number): void {
    if (holder === 0) return;
    const key = `${holder}|${custody}|${product}`;
    const moved = this.#moved.get(key);
    if (moved) {
      moved.count += count;
      moved.sum = addMarks(moved.sum, sum);
    } else this.#moved.set(key, { holder, product, custody, count, sum });
  }
}

function sumOf(marks: readonly string[]): number {
  let sum = 0;
  for (const mark of marks) sum = addMarks(sum, markNumber(mark));
  return sum;
}
