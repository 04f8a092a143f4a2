/**
 * Transfers from the hub, each applied whole, once and in order, in one commit with its number.
 *
 * Stops before that commit: nothing came, and the same transfer is fetched again. Stops after it: it is on sale, and
 * the same one again is a repeat.
 */
import { SafeError } from '../../../base/errors.js';
import type { Custody } from '../../../domain/transaction.js';
import type { Incoming, IncomingResult } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import { type Cursor, type Flat, fromLatin1 } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import { transferOf } from './changeLog.js';
import { postLeases } from './leases.js';
import { MEMBERSHIP, type MembershipRow } from './membership.js';

/** What a transfer says besides its PINs; these follow as product, supplier, batch, sealed, mark, serial, expiry. */
export type PackedIncoming = Omit<Incoming, 'pins'> & { readonly count: number };

const PIN_SLOTS = 7;
const SEALED = 3;
const MARK = 4;
/** Rows that one INSERT adds. */
const ROWS = 250;
/** What a row binds: its transfer, and its slots. */
const BOUND = PIN_SLOTS + 1;

export function transferIn(books: Books): Handler {
  const known = books.db.prepare<[], MembershipRow>(MEMBERSHIP);
  const applied = books.db.prepare<[number, number]>('UPDATE membership SET transfer = ?, came = came + ?');
  const arrival = new Arrival(books);
  return (input, out) => {
    const { epoch, number, leases, count, at } = input.object<PackedIncoming>();
    const member = known.get();
    if (!member) {
      out.push(refused('no-member'));
      return;
    }
    const unfit = unfitted(member, epoch, number);
    if (unfit) {
      out.push(unfit);
      return;
    }
    const { came, met } = arrival.enter(input, count, transferOf(member.enrolment, number));
    postLeases(books, leases, `transfer ${number} of enrolment ${epoch}`, at);
    applied.run(number, came);
    out.push({ kind: 'taken', known: met } satisfies IncomingResult);
  };
}

function refused(why: Extract<IncomingResult, { kind: 'refused' }>['why']): IncomingResult {
  return { kind: 'refused', why };
}

function unfitted(member: MembershipRow, epoch: number, number: number): IncomingResult | undefined {
  if (member.epoch !== epoch) return refused('epoch');
  if (member.stopped !== '') return refused('stopped');
  if (number <= member.transfer) return { kind: 'repeat' };
  const expected = member.transfer + 1;
  return number > expected ? { kind: 'gap', expected } : undefined;
}

interface Known {
  readonly id: number;
  readonly custody: Custody;
  readonly product: string;
  readonly transfer: number;
}

/** PINs that come by a transfer. */
class Arrival {
  readonly #books: Books;
  readonly #one;
  readonly #many;
  readonly #known;
  readonly #back;
  readonly #claim;

  constructor(books: Books) {
    this.#books = books;
    this.#one = books.db.prepare<Flat>(insertOf(1));
    this.#many = books.db.prepare<Flat>(insertOf(ROWS));
    this.#known = books.db.prepare<[string], Known>(
      'SELECT id, custody, product, transfer FROM pin WHERE mark = ?',
    );
    this.#back = books.db.prepare<Flat>(
      `UPDATE pin SET custody = 'stock', sold_in = NULL, transfer = ?, product = ?, supplier = ?, batch = ?, sealed = ?,
       serial = ?, expiry = ? WHERE id = ? AND custody = 'returned'`,
    );
    this.#claim = books.db.prepare<[number, number]>('UPDATE pin SET transfer = ? WHERE id = ?');
  }

  /** `came`: new here; `met`: here already and not returned. */
  enter(input: Cursor, count: number, transfer: number): { readonly came: number; readonly met: number } {
    const { levels, shelf } = this.#books;
    const places = inOrder(input, count);
    const taken = new Map<string, number>();
    let came = 0;
    let met = 0;
    for (let from = 0; from < count; ) {
      const rows = count - from >= ROWS ? ROWS : 1;
      const bound = bind(input, places, from, rows, transfer);
      from += rows;
      const insert = rows === ROWS ? this.#many : this.#one;
      // Spread: better-sqlite3 binds arguments faster than an array's elements.
      const { changes } = insert.run(...bound);
      came += changes;
      for (let at = 1; at < bound.length; at += BOUND) {
        const product = bound[at] as string;
        taken.set(product, (taken.get(product) ?? 0) + 1);
      }
      if (changes < rows) met += this.#meet(bound, transfer, taken);
    }
    for (const [product, entered] of taken) {
      levels.enter(product, 'stock', entered);
      shelf.forget(product);
    }
    return { came, met };
  }

  /** Of rows that were not all new: those that are known come back where they were returned; of the others the hub is
   *  told where they are. Says how many these are, and takes them off `taken`. */
  #meet(bound: Flat, transfer: number, taken: Map<string, number>): number {
    const { levels, log } = this.#books;
    const met = new Set<number>();
    for (let from = 0; from < bound.length; from += BOUND) {
      const [, product, supplier, batch, sealed, mark, serial, expiry] = bound.slice(from, from + BOUND) as [
        number,
        string,
        ...Flat,
      ];
      const row = this.#known.get(mark as string);
      if (!row) throw new SafeError('network: a PIN of a transfer is not as PINs are');
      if (row.transfer === transfer) continue;
      if (row.custody === 'returned') {
        this.#back.run(
          transfer,
          product,
          supplier as string,
          batch as number,
          sealed as Buffer,
          serial as string,
          expiry as string,
          row.id,
        );
        levels.enter(row.product, 'returned', -1);
        continue;
      }
      this.#claim.run(transfer, row.id);
      log.add(row.id, row.custody);
      taken.set(product, (taken.get(product) ?? 0) - 1);
      met.add(row.id);
    }
    return met.size;
  }
}

/** Where each PIN begins, in the order of marks: their index is gone through once, not at random. */
function inOrder({ values, at }: Cursor, count: number): readonly number[] {
  const places = Array.from({ length: count }, (_, index) => at + index * PIN_SLOTS);
  return places.sort((one, other) =>
    (values[one + MARK] as string) < (values[other + MARK] as string) ? -1 : 1,
  );
}

/** Rows as they are bound: each begins with the transfer, and its sealed bytes are bytes again. */
function bind(
  { values }: Cursor,
  places: readonly number[],
  from: number,
  rows: number,
  transfer: number,
): Flat {
  const bound: Flat = [];
  for (const at of places.slice(from, from + rows)) {
    bound.push(
      transfer,
      values[at] as string,
      values[at + 1] as string,
      values[at + 2] as number,
      fromLatin1(values[at + SEALED] as string),
      values[at + MARK] as string,
      values[at + 5] as string,
      values[at + 6] as string,
    );
  }
  return bound;
}

/** OR IGNORE: any other ending of a conflict has SQLite keep a copy of each page that one of several rows changes. */
function insertOf(rows: number): string {
  const row = "('stock', ?, ?, ?, ?, ?, ?, ?, ?)";
  return `INSERT OR IGNORE INTO pin (custody, transfer, product, supplier, batch, sealed, mark, serial, expiry)
    VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
}

export function adoptKeyBatch(books: Books): Handler {
  const known = books.db
    .prepare<[number], number>('SELECT batch FROM adopted_key_batch WHERE origin = ?')
    .pluck();
  const insert = books.db
    .prepare<[string, Uint8Array], number>(
      'INSERT INTO key_batch (key_id, wrapped) VALUES (?, ?) RETURNING id',
    )
    .pluck();
  const adopt = books.db.prepare<[number, number]>(
    'INSERT INTO adopted_key_batch (origin, batch) VALUES (?, ?)',
  );
  return (input, out) => {
    const { origin, keyId, wrapped } = input.object<{
      origin: number;
      keyId: string;
      wrapped: Uint8Array;
    }>();
    const met = known.get(origin);
    if (met !== undefined) {
      out.push(met);
      return;
    }
    const batch = insert.get(keyId, wrapped) as number;
    adopt.run(origin, batch);
    out.push(batch);
  };
}

export function adoptedKeyBatches(db: Connection): Handler {
  const select = db.prepare<[], [number, number]>('SELECT origin, batch FROM adopted_key_batch');
  select.raw();
  return (_, out) => {
    out.push(new Map(select.all()));
  };
}
