/**
 * Doubt that an operator ends by hand, in one commit with the record of it:
 *
 *   pending    done    approved; what it cost stays paid
 *   pending    undone  declined; what it cost is given back
 *   reversing  done    approved (again); what was given back is paid again, whatever the limits say
 *   reversing  undone  reversed
 *
 * The forwarding goes in the same commit, so a running switch finds nothing more to send. What it had just sent may
 * still be answered: that answer finds the transaction ended, and changes nothing (closing.ts).
 */
import type { TransactionState } from '../../../domain/transaction.js';
import type { Resolution, Resolving } from '../../dayVerbs.js';
import type { Books } from '../books.js';
import { OUTCOME_COLUMNS } from '../crossing/columns.js';
import type { Connection } from '../engine.js';
import { type Handler, type JournalRow, packedOutcome } from './journal.js';

/** What an attempt came to by its deadline may still be on its way to the disk for so long after it, milliseconds:
 *  decided by hand in between, a supplier's late word would find nothing to undo. */
const CLOSING_MS = 2_000;

export function resolve(books: Books): Handler {
  const insert = books.db.prepare<[number, string, string, string, string, number]>(
    `INSERT INTO resolution (origin, from_state, to_state, decided_by, why, at) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  return (input, out) => {
    const resolving = input.object<Resolving>();
    const { id, by, why, at } = resolving;
    const row = books.journal.byId(id);
    if (!row) {
      out.push('unknown');
      return;
    }
    const { state } = row;
    const until = row.deadline_at + (state === 'pending' ? CLOSING_MS : 0);
    // A batch ends with its items: those are resolved.
    if (row.service === 'batch' || (state !== 'pending' && state !== 'reversing')) {
      out.push('not-doubtful', state);
      return;
    }
    // Once an inquiry stands beside it, its attempt has ended.
    if (until > at && books.forwardings.kindOf(id) !== 'inquiry') {
      out.push('under-way', until);
      return;
    }
    if (resolving.as === 'done' && row.service === 'pin-sale') {
      out.push('no-pin');
      return;
    }
    const to = end(books, row, resolving);
    books.batches.follow(row, at);
    books.forwardings.remove(id);
    insert.run(id, state, to, by, why, at);
    out.push('resolved', { transaction: id, from: state, to, by, why, at } satisfies Resolution);
  };
}

function end({ journal, money }: Books, row: JournalRow, resolving: Resolving): TransactionState {
  const { as, at, approved, declined } = resolving;
  if (as === 'done') {
    const outcome =
      row.reason === 'approved' ? OUTCOME_COLUMNS.map((name) => row[name]) : packedOutcome(approved);
    journal.finish(row.id, 'approved', at, outcome);
    if (row.state === 'reversing') money.restore(row, at);
    return 'approved';
  }
  if (row.state === 'reversing') {
    journal.move(row.id, 'reversed');
    return 'reversed';
  }
  journal.finish(row.id, 'declined', at, packedOutcome(declined));
  money.release(row, at);
  return 'declined';
}

export const RESOLUTIONS = `SELECT origin AS "transaction", from_state AS "from", to_state AS "to", decided_by AS by,
  why, at FROM resolution WHERE origin = ? ORDER BY id`;

export function resolutions(db: Connection): Handler {
  const select = db.prepare<[number], Resolution>(RESOLUTIONS);
  return (input, out) => {
    out.push(select.all(input.number()));
  };
}
