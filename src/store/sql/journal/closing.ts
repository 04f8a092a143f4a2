/** The verbs that move a transaction which a supplier was asked for: reroute, close, inquire, and its forwarding. */

import { SafeError } from '../../../base/errors.js';
import type { Attempt, Closing, IssuedPin, StoredOutcome } from '../../store.js';
import type { Books } from '../books.js';
import { fromLatin1 } from '../crossing/flat.js';
import { packPin } from '../stock/pins.js';
import { type Handler, type JournalRow, packedOutcome } from './journal.js';

/** As it crosses between threads: bytes as text. */
export type PackedClosing = Omit<Closing, 'issued'> & {
  readonly issued: readonly (Omit<IssuedPin, 'sealed'> & { readonly sealed: string })[];
};

type PackedIssue = PackedClosing['issued'][number];

export const REROUTE = `UPDATE journal SET supplier = ?, reference = ?, deadline_at = ?, doubt = ?
  WHERE id = ?`;

export function reroute(books: Books): Handler {
  const update = books.db.prepare<[string, string, number, string, number]>(REROUTE);
  return (input, out) => {
    const id = input.number();
    const { supplier, reference, deadlineAt, doubt } = input.object<Attempt>();
    const now = input.number();
    const row = books.journal.byId(id);
    if (row?.state !== 'pending') {
      out.push(0);
      return;
    }
    update.run(supplier, reference, deadlineAt, doubt, id);
    books.money.reroute(row, supplier, now);
    books.forwardings.remove(id);
    out.push(1);
  };
}

export function inquire(books: Books): Handler {
  return (input, out) => {
    const id = input.number();
    const reference = input.text();
    const nextAt = input.number();
    const row = books.journal.byId(id);
    const doubtful = row?.state === 'pending' && row.reference === reference;
    if (doubtful) books.forwardings.record(id, 'inquiry', nextAt);
    out.push(doubtful ? 1 : 0);
  };
}

export function countAttempt(books: Books): Handler {
  return (input, out) => {
    out.push(books.forwardings.countAttempt(input.number(), input.number(), input.number()) ? 1 : 0);
  };
}

export function settleForwarding(books: Books): Handler {
  return (input, out) => {
    const id = input.number();
    const isReversing = books.journal.byId(id)?.state === 'reversing';
    if (isReversing) settle(books, id);
    out.push(isReversing ? 1 : 0);
  };
}

export function close(books: Books): Handler {
  const issue = new Issue(books);
  return (input, out) => {
    const closing = input.object<PackedClosing>();
    const row = books.journal.byId(closing.id);
    if (!row) throw new SafeError('close: no such transaction');
    if (row.state !== 'pending' || row.reference !== closing.reference) {
      issue.enter(closing, 'quarantined', !mayAnswer(row));
      const word = supersede(books, row, closing);
      books.batches.follow(row, closing.closedAt);
      out.push(word);
      books.packer.push(out, books.journal.byId(row.id) ?? row);
      return;
    }
    if (issue.anyKnown(closing.issued)) {
      out.push('issued-before');
      return;
    }
    issue.enter(closing, closing.state === 'approved' ? 'sold' : 'quarantined');
    const outcome = rewardedOutcome(row, closing);
    books.journal.finish(row.id, closing.state, closing.closedAt, packedOutcome(outcome));
    if (closing.state !== 'approved') books.money.release(row, closing.closedAt);
    else if (closing.remember) books.memory.remember(row, closing.remember, closing.closedAt);
    if (closing.state === 'reversing') {
      const { kind, nextAt } = closing.forward ?? { kind: 'reversal', nextAt: closing.closedAt };
      books.forwardings.record(row.id, kind, nextAt);
    } else {
      books.forwardings.remove(row.id);
    }
    books.batches.follow(row, closing.closedAt);
    out.push('closed', outcome.receiptId);
    const pins = closing.issued.length === 0 ? [] : books.packer.pins(books.journal.byId(row.id) ?? row);
    out.push(pins.length);
    for (const pin of pins) packPin(out, pin);
  };
}

/** What it lists is told to the terminal: nothing may join it that another attempt's supplier issued. */
function mayAnswer({ state }: JournalRow): boolean {
  return state === 'pending' || state === 'approved';
}

/** An opening that earned a reward has named its receipt. */
function rewardedOutcome(row: JournalRow, { state, outcome }: PackedClosing): StoredOutcome {
  return state === 'approved' && row.receipt_id > 0 ? { ...outcome, receiptId: row.receipt_id } : outcome;
}

/** What the end of an attempt means where its transaction is no longer pending. */
function supersede(books: Books, row: JournalRow, closing: PackedClosing): 'superseded' | 'stands' {
  const { journal, forwardings } = books;
  if (row.state !== 'reversing' || row.reference !== closing.reference) return 'superseded';
  if (closing.state === 'declined') {
    settle(books, row.id);
    return 'superseded';
  }
  if (closing.state === 'approved' && forwardings.kindOf(row.id) === 'inquiry') {
    // The supplier did it and cannot undo it. A PIN is kept back here, so for the customer it is undone.
    if (row.service === 'pin-sale') {
      settle(books, row.id);
      return 'superseded';
    }
    journal.finish(row.id, 'approved', closing.closedAt, packedOutcome(closing.outcome));
    books.money.restore(row, closing.closedAt);
    if (closing.remember) books.memory.remember(row, closing.remember, closing.closedAt);
    forwardings.remove(row.id);
    return 'stands';
  }
  forwardings.dueAt(row.id, closing.forward?.nextAt ?? closing.closedAt);
  return 'superseded';
}

function settle(books: Books, id: number): void {
  books.journal.move(id, 'reversed');
  books.forwardings.remove(id);
}

/** PINs that a supplier issued at the moment of sale come into the books. */
class Issue {
  readonly #books: Books;
  readonly #known;
  readonly #insert;
  readonly #count;

  constructor(books: Books) {
    this.#books = books;
    this.#known = books.db.prepare<[string], number>('SELECT id FROM pin WHERE mark = ?').pluck();
    this.#insert = books.db
      .prepare<(string | number | Uint8Array)[], number>(
        `INSERT INTO pin (custody, sold_in, product, supplier, batch, sealed, mark, serial, expiry)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (mark) DO NOTHING RETURNING id`,
      )
      .pluck();
    this.#count = books.db.prepare<[string]>(
      'INSERT INTO issued (supplier, count) VALUES (?, 1) ON CONFLICT (supplier) DO UPDATE SET count = issued.count + 1',
    );
  }

  anyKnown(issued: readonly PackedIssue[]): boolean {
    const marks = new Set(issued.map(({ mark }) => mark));
    return marks.size < issued.length || issued.some(({ mark }) => this.#known.get(mark) !== undefined);
  }

  enter({ id, issued }: PackedClosing, custody: 'sold' | 'quarantined', isListed = true): void {
    const { journal, levels } = this.#books;
    const entered: number[] = [];
    for (const { product, supplier, batch, sealed, mark, serial, expiry } of issued) {
      const pin = this.#insert.get(
        custody,
        id,
        product,
        supplier,
        batch,
        fromLatin1(sealed),
        mark,
        serial,
        expiry,
      );
      if (pin === undefined) continue;
      this.#count.run(supplier);
      levels.enter(product, custody, 1);
      entered.push(pin);
    }
    if (isListed) journal.hold(id, entered);
  }
}
