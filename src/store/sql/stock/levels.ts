/**
 * How many PINs of each product are in each custody: moves add up in memory and reach the table once a group,
 * in the commit of the moves themselves. At most products × custodies entries.
 */
import { CUSTODIES, type Custody } from '../../../domain/transaction.js';
import type { Connection } from '../engine.js';

export class Levels {
  readonly #moves = new Map<string, Map<Custody, number>>();
  readonly #add;

  constructor(db: Connection) {
    this.#add = db.prepare<[string, Custody, number]>(
      `INSERT INTO level (product, custody, count) VALUES (?, ?, ?)
       ON CONFLICT (product, custody) DO UPDATE SET count = level.count + excluded.count`,
    );
  }

  move(product: string, from: Custody, to: Custody, count = 1): void {
    this.enter(product, from, -count);
    this.enter(product, to, count);
  }

  /** PINs that come into the books. */
  enter(product: string, custody: Custody, count: number): void {
    let moves = this.#moves.get(product);
    if (!moves) {
      moves = new Map();
      this.#moves.set(product, moves);
    }
    moves.set(custody, (moves.get(custody) ?? 0) + count);
  }

  /** Before each commit. */
  write(): void {
    for (const [product, moves] of this.#moves) {
      for (const custody of CUSTODIES) {
        const count = moves.get(custody);
        if (count) this.#add.run(product, custody, count);
      }
    }
    this.#moves.clear();
  }

  /** After each rollback. */
  forget(): void {
    this.#moves.clear();
  }
}
