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
 *   approved   moved a card that another has moved since, or told of a redemption before it: stands
 *   any other                              nothing to undo
 *
 * Of a batch each item is undone so, or only those that the reversal names: all in the same commit.
 */
import type { OriginalQuery, ReversedItems, ReverseResult, Reversing, StoredOutcome } from '../../store.js';
import type { Books } from '../books.js';
import { movesCard } from '../cards/cards.js';
import { takeEntry } from '../crossing/columns.js';
import type { Flat } from '../crossing/flat.js';
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
type Fault = Extract<ReverseResult, { kind: 'refused' }>['reason'];

export function reverse(books: Books): Handler {
  const search = new Search(books.db);
  return (input, out) => {
    const entry = takeEntry(input);
    const reversing = input.object<PackedReversing>();
    if (pushMet(books, entry, out)) return;
    const { now, original: query, unknown } = reversing;
    const original = search.original(query);
    if (!original) {
      if (!unknown) {
        out.push('unrecorded');
        return;
      }
      const id = record(books, entry, unknown, now, 0);
      books.tombstones.add(id, query, now);
      out.push('unknown', id);
      return;
    }
    const undoing = original.service === 'batch' ? books.batches.items(original.id) : [original];
    const chosen = chosenOf(undoing, original, reversing.items);
    if (typeof chosen === 'string') {
      const id = record(books, entry, { ...reversing.refused, reason: chosen }, now, 0);
      out.push('refused', id, chosen);
      return;
    }
    const effect = together(chosen.map((each) => undo(books, each, reversing)));
    if (effect === 'reversed' || effect === 'partly-reversed') followBatch(books, original, now);
    const id = record(books, entry, outcomeOf(effect, reversing), now, original.id);
    out.push(effect, id);
    books.packer.push(out, books.journal.byId(original.id) ?? original);
  };
}

/** What a reversal would undo, or the reversal itself: read between the writes, so that none before it is missed. */
export function original(books: Books): Handler {
  const search = new Search(books.db);
  return (input, out) => {
    const query = input.object<OriginalQuery>();
    const row = search.original(query, input.text() === 'reversal' ? 'reversal' : 'transaction');
    out.push(row ? 1 : 0);
    if (row) books.packer.push(out, row);
  };
}

/** The rows that it undoes, or why it may not. What was refused whole has no items, and nothing to undo. */
function chosenOf(
  rows: readonly JournalRow[],
  original: JournalRow,
  named: ReversedItems | undefined,
): readonly JournalRow[] | Fault {
  if (!named || rows.length === 0) return rows;
  const chosen = named.numbers.map((number) => rows.find(({ item }) => item === number));
  const known = chosen.filter((row) => row !== undefined);
  if (original.service !== 'batch' || known.length < chosen.length) return 'original-not-found';
  const { amount } = named;
  const sum = known.reduce((total, row) => total + row.amount, 0);
  return amount === null || amount === sum || amount === original.amount ? known : 'invalid-amount';
}

/** What several undoings come to. */
function together(effects: readonly Effect[]): Effect | 'partly-reversed' {
  const stands = effects.includes('stands');
  if (effects.includes('reversed')) return stands ? 'partly-reversed' : 'reversed';
  return stands ? 'stands' : 'nothing-to-undo';
}

function outcomeOf(
  effect: Effect | 'partly-reversed',
  { accepted, refused }: PackedReversing,
): StoredOutcome {
  if (effect === 'partly-reversed') return { ...accepted, reason: 'partial' };
  return effect === 'stands' ? refused : accepted;
}

/** A batch whose items were undone, or the batch of an item that was found by itself. */
function followBatch(books: Books, original: JournalRow, now: number): void {
  if (original.service === 'batch') books.batches.undone(original.id, now);
  else if (original.batch_id !== 0) books.batches.undone(original.batch_id, now);
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
  if (movesCard(original.service) && !books.cards.isLastMove(id)) return 'stands';
  const pins = books.packer.pins(original);
  const final = alone || doubt === 'inquiry';
  if (final && !alone && pins.length === 0) return 'stands';
  for (const [pin] of pins) books.pins.move(pin, 'sold', pinsTo, id);
  journal.move(id, final ? 'reversed' : 'reversing');
  books.memory.forget(original);
  money.release(original, now);
  if (!final) forwardings.record(id, doubt, now);
  return 'reversed';
}
