/** What suppliers must be told or asked: at most one beside a transaction, under the transaction's id. */

import type { Doubt } from '../../store.js';
import type { Connection } from '../engine.js';

export class Forwardings {
  readonly #record;
  readonly #kind;
  readonly #due;
  readonly #count;
  readonly #remove;

  constructor(db: Connection) {
    this.#record = db.prepare<[number, Doubt, number]>(
      `INSERT INTO forwarding (id, kind, attempts, next_at) VALUES (?, ?, 0, ?)
       ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, next_at = excluded.next_at`,
    );
    this.#kind = db.prepare<[number], Doubt>('SELECT kind FROM forwarding WHERE id = ?').pluck();
    this.#due = db.prepare<[number, number]>('UPDATE forwarding SET next_at = ? WHERE id = ?');
    this.#count = db.prepare<[number, number, number]>(
      'UPDATE forwarding SET attempts = attempts + 1, next_at = ? WHERE id = ? AND attempts = ?',
    );
    this.#remove = db.prepare<[number]>('DELETE FROM forwarding WHERE id = ?');
  }

  record(id: number, kind: Doubt, nextAt: number): void {
    this.#record.run(id, kind, nextAt);
  }

  kindOf(id: number): Doubt | undefined {
    return this.#kind.get(id);
  }

  dueAt(id: number, nextAt: number): void {
    this.#due.run(nextAt, id);
  }

  /** False where there is none, or another one has counted since. */
  countAttempt(id: number, attempts: number, nextAt: number): boolean {
    return this.#count.run(nextAt, id, attempts).changes === 1;
  }

  remove(id: number): void {
    this.#remove.run(id);
  }
}
