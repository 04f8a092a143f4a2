/** The ledger's own verbs: adjustments, which enter once by their reference, and what is read of it. */

import type { Adjustment, Posting, StatementQuery } from '../../store.js';
import type { Books } from '../books.js';
import { packEffects, unpackEffects } from '../crossing/effects.js';
import type { Flat } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

type PackedAdjustment = Omit<Adjustment, 'postings'> & { readonly effects: string };

/** After every name that begins with what it follows. */
const LAST = '\u{10FFFF}';

/** An adjustment of the hub's, under no reference. */
export function postAsHub(books: Books, postings: readonly Posting[], why: string, at: number): void {
  const effects = { postings, usage: [] };
  const id = books.db
    .prepare<[string, number, string | null], number>(
      "INSERT INTO adjustment (reference, decided_by, why, at, effects) VALUES (NULL, 'hub', ?, ?, ?) RETURNING id",
    )
    .pluck()
    .get(why, at, packEffects(effects));
  books.money.hold(-(id as number), effects, '', at);
}

export function post(books: Books): Handler {
  const known = books.db.prepare<[string], number>('SELECT id FROM adjustment WHERE reference = ?').pluck();
  const insert = books.db
    .prepare<[string | null, string, string, number, string], number>(
      'INSERT INTO adjustment (reference, decided_by, why, at, effects) VALUES (?, ?, ?, ?, ?) RETURNING id',
    )
    .pluck();
  return (input, out) => {
    const { effects, by, why, reference, at } = input.object<PackedAdjustment>();
    const met = reference === '' ? undefined : known.get(reference);
    if (met !== undefined) {
      out.push('known', met);
      return;
    }
    const unpacked = unpackEffects(effects);
    if (books.money.refusal(unpacked)) {
      out.push('refused');
      return;
    }
    const id = insert.get(reference === '' ? null : reference, by, why, at, effects) as number;
    books.money.hold(-id, unpacked, '', at);
    out.push('posted', id);
  };
}

export function balances(db: Connection): Handler {
  const select = db.prepare<[string, string], Flat>(
    'SELECT name, currency, balance FROM ledger_account WHERE name >= ? AND name < ? ORDER BY name, currency',
  );
  select.raw();
  return (input, out) => {
    const prefix = input.text();
    pushRows(out, select.all(prefix, `${prefix}${LAST}`));
  };
}

export function statement(db: Connection): Handler {
  const select = db.prepare<[string, string, number, number], Flat>(
    `SELECT number, origin, amount, at FROM posting
     WHERE account = (SELECT id FROM ledger_account WHERE name = ? AND currency = ?) AND number < ?
     ORDER BY number DESC LIMIT ?`,
  );
  select.raw();
  return (input, out) => {
    const { account, currency, before, limit } = input.object<StatementQuery>();
    pushRows(out, select.all(account, currency, before > 0 ? before : Number.MAX_SAFE_INTEGER, limit));
  };
}

function pushRows(out: Flat, found: readonly Flat[]): void {
  out.push(found.length);
  for (const row of found) out.push(...row);
}
