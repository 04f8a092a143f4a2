/**
 * A member switch's log of changes: what the hub has to learn of the PINs that came from it, in the order in which it
 * was committed. It adds up in memory and reaches its table once a group, in the commit of the moves themselves. What
 * must be known of the membership for that is held in memory; a store that is no member does one comparison.
 *
 * A PIN says by which transfer it came: the enrolment (counted in this database) × 2^32 + the transfer's number. So
 * PINs of an enrolment that has ended are told apart: they are not logged, and never go on sale again.
 */
import type { Custody } from '../../../domain/transaction.js';
import type { Connection } from '../engine.js';

const TRANSFERS = 4_294_967_296;
/** Rows that one INSERT adds. */
const ROWS = 32;
const COLUMNS = 3;

export interface Standing {
  readonly enrolment: number;
  readonly stopped: number;
  readonly next: number;
}

export const STANDING = `SELECT enrolment, stopped <> '' AS stopped,
  1 + max(told_change, (SELECT coalesce(max(id), 0) FROM network_change)) AS next FROM membership`;

export function transferOf(enrolment: number, number: number): number {
  return enrolment * TRANSFERS + number;
}

export class ChangeLog {
  readonly #standing;
  readonly #one;
  readonly #many;
  readonly #lease;
  #waiting: (number | Custody)[] = [];
  /** PINs of this enrolment came by this transfer, or a later one; beyond all where there is no membership. */
  #first = Number.POSITIVE_INFINITY;
  #isStopped = false;
  #next = 1;

  constructor(db: Connection) {
    const insert = 'INSERT INTO network_change (id, pin, custody) VALUES';
    this.#standing = db.prepare<[], Standing>(STANDING);
    this.#one = db.prepare<(number | Custody)[]>(`${insert} (?, ?, ?)`);
    this.#many = db.prepare<(number | Custody)[]>(
      `${insert} ${Array.from({ length: ROWS }, () => '(?, ?, ?)').join(', ')}`,
    );
    this.#lease = db.prepare<[number, string, string, number]>(
      `INSERT INTO network_change (id, pin, custody, merchant, currency, amount) VALUES (?, 0, '', ?, ?, ?)`,
    );
    this.refresh();
  }

  /** Of a PIN network: what moves is told to its hub. */
  get isMember(): boolean {
    return this.#first !== Number.POSITIVE_INFINITY;
  }

  /** Nothing may be sold from stock. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Where the membership changed, or may have: its row is what counts. */
  refresh(): void {
    this.write();
    const standing = this.#standing.get();
    this.#first = standing ? transferOf(standing.enrolment, 0) : Number.POSITIVE_INFINITY;
    this.#isStopped = standing?.stopped === 1;
    this.#next = standing?.next ?? 1;
  }

  /** Whether a PIN that came by this transfer is one that the hub must be told of. */
  tells(transfer: number): boolean {
    return transfer >= this.#first;
  }

  /** It came in an enrolment that has ended: the hub has decided on it, and it may not be sold here any more. */
  isForeign(transfer: number): boolean {
    return transfer > 0 && transfer < this.#first && this.#first !== Number.POSITIVE_INFINITY;
  }

  /** A PIN that is in this custody now. */
  add(pin: number, custody: Custody): void {
    this.#waiting.push(this.#next++, pin, custody);
  }

  /** Money that goes back to the hub. Minor units. */
  addLease(merchant: string, currency: string, amount: number): void {
    this.#lease.run(this.#next++, merchant, currency, amount);
  }

  /** Before each commit. */
  write(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    let at = 0;
    for (; waiting.length - at >= ROWS * COLUMNS; at += ROWS * COLUMNS)
      this.#many.run(...waiting.slice(at, at + ROWS * COLUMNS));
    for (; at < waiting.length; at += COLUMNS) this.#one.run(...waiting.slice(at, at + COLUMNS));
    this.#waiting = [];
  }

  /** After each rollback. */
  forget(): void {
    this.#waiting = [];
    this.refresh();
  }
}
