/** The numbers that have left the journal, as spans: few, since most of what is old leaves. */
import type { Connection } from '../engine.js';

interface Span {
  readonly first_id: number;
  readonly last_id: number;
}

export class Spans {
  readonly #before;
  readonly #between;
  readonly #swallow;
  readonly #insert;
  readonly #extend;

  constructor(db: Connection) {
    this.#before = db.prepare<[number], Span>(
      'SELECT first_id, last_id FROM archived WHERE first_id < ? ORDER BY first_id DESC LIMIT 1',
    );
    this.#between = db.prepare<[number, number], { id: number }>(
      'SELECT id FROM journal WHERE id > ? AND id < ? ORDER BY id LIMIT 1',
    );
    this.#swallow = db.prepare<[number, number]>('DELETE FROM archived WHERE first_id > ? AND first_id <= ?');
    this.#insert = db.prepare<[number, number]>('INSERT INTO archived (first_id, last_id) VALUES (?, ?)');
    this.#extend = db.prepare<[number, number]>('UPDATE archived SET last_id = ? WHERE first_id = ?');
  }

  /** `ids` ascend, and are in the journal no more. */
  add(ids: readonly number[]): void {
    let first = ids[0];
    let last = first;
    if (first === undefined || last === undefined) return;
    for (const id of ids.slice(1)) {
      if (!this.#areNeighbours(last, id)) {
        this.#put(first, last);
        first = id;
      }
      last = id;
    }
    this.#put(first, last);
  }

  #put(first: number, last: number): void {
    // Those that left before, and lie within.
    this.#swallow.run(first, last);
    const before = this.#before.get(first);
    if (before && before.last_id < first && this.#areNeighbours(before.last_id, first))
      this.#extend.run(last, before.first_id);
    else this.#insert.run(first, last);
  }

  /** No transaction lies between. */
  #areNeighbours(one: number, next: number): boolean {
    return next === one + 1 || this.#between.get(one, next) === undefined;
  }
}
