/**
 * The terminal's reversal: its own row, what it undoes here, and what a supplier must be told, in one commit.
 *
 *   original   supplier                    then
 *   pending    asked                       reversing; the undo is due when the attempt under way has ended
 *   pending    none                        reversed
 *   approved   none (own stock)            reversed, PINs out of sale
 *   approved   can undo                    reversing, undo due now, PINs out of sale
 *   approved   cannot undo, issued PINs    reversed: the PINs are kept back here
 *   approved   cannot undo                 stands
 *   any other                              nothing to undo
 */
import type { Reversing, StoredOutcome } from '../store.js';
import type { Books } from './books.js';
import { takeEntry } from './columns.js';
import type { Flat } from './flat.js';
import {
  closedAs,
  type Handler,
  type JournalRow,
  packedOutcome,
  REVERSED_OUTCOME,
  stateOf,
} from './journal.js';
import { pushMet } from './opening.js';
import { Search } from './search.js';

export type PackedReversing = Omit<Reversing, 'entry'>;

type Effect = 'reversed' | 'nothing-to-undo' | 'stands';

export function reverse(books: Books): Handler {
  const search = new Search(books.db);
  return (input, out) => {
    const entry = takeEntry(input);
    const reversing = input.object<PackedReversing>();
    if (pushMet(books, entry, out)) return;
    const { now, original: query } = reversing;
    const original = search.original(query);
    if (!original) {
      const id = record(books, entry, reversing.unknown, now, 0);
      books.tombstones.add(id, query, now);
      out.push('unknown', id);
      return;
    }
    const effect = undo(books, original, reversing);
    const outcome = effect === 'stands' ? reversing.refused : reversing.accepted;
    const id = record(books, entry, outcome, now, original.id);
    out.push(effect, id);
    books.packer.push(out, books.journal.byId(original.id) ?? original);
  };
}

function record(books: Books, entry: Flat, outcome: StoredOutcome, now: number, original: number): number {
  const standing = closedAs(stateOf(outcome), now, original);
  return books.journal.insert(entry, packedOutcome(outcome), standing) ?? 0;
}

function undo(books: Books, original: JournalRow, { now, pinsTo }: PackedReversing): Effect {
  const { journal, money, forwardings } = books;
  const { id, state, deadline_at } = original;
  const alone = original.supplier === '' || original.supplier === 'stock';
  const doubt = original.doubt === 'inquiry' ? 'inquiry' : 'reversal';
  if (state === 'pending') {
    journal.finish(id, alone ? 'reversed' : 'reversing', now, REVERSED_OUTCOME);
    money.release(original, now);
    if (!alone) forwardings.record(id, doubt, Math.max(now, deadline_at));
    return 'reversed';
  }
  if (state !== 'approved') return 'nothing-to-undo';
  const pins = books.packer.pins(original);
  const final = alone || doubt === 'inquiry';
  if (final && !alone && pins.length === 0) return 'stands';
  for (const [pin] of pins) books.pins.move(pin, 'sold', pinsTo, id);
  journal.move(id, final ? 'reversed' : 'reversing');
  money.release(original, now);
  if (!final) forwardings.record(id, doubt, now);
  return 'reversed';
}
