/**
 * Old transactions leave the journal: each commit takes some out, with what the audit needs in their place. Stops before
 * it: they stand in the journal and in a file. Stops after it: in the file alone.
 */
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import { EFFECTS_BY_ACCOUNT } from '../money/ledgerAudit.js';
import { among, MAY_LEAVE } from './leaving.js';
import { Spans } from './spans.js';

/** Of the numbers of settlings that one commit looks at. */
const SWEEP_IDS = 10_000;

export function beginArchive(books: Books): Handler {
  const insert = books.db.prepare<[string, string, string, number, number]>(
    `INSERT INTO archive (name, day, sha256, rows, removed, pins, is_done, at) VALUES (?, ?, ?, ?, 0, 0, 0, ?)
     ON CONFLICT (name) DO UPDATE SET day = excluded.day, sha256 = excluded.sha256, rows = excluded.rows,
     at = excluded.at WHERE archive.removed = 0`,
  );
  return (input) => {
    insert.run(input.text(), input.text(), input.text(), input.number(), input.number());
  };
}

export function endArchive(books: Books): Handler {
  const update = books.db.prepare<[string]>('UPDATE archive SET is_done = 1 WHERE name = ?');
  return (input) => {
    update.run(input.text());
  };
}

interface Leaving {
  readonly id: number;
  readonly state: string;
  readonly pins: string | null;
}

export function removeArchived(books: Books): Handler {
  const { db } = books;
  const spans = new Spans(db);
  const family = db.prepare<[{ ids: string; before: number }], Leaving>(
    `WITH leaving AS (SELECT id FROM journal WHERE id IN ${among('@ids')} AND ${MAY_LEAVE})
     SELECT id, state, pins FROM journal WHERE id IN (SELECT id FROM leaving)
     UNION ALL SELECT id, state, pins FROM journal WHERE batch_id <> 0 AND batch_id IN (SELECT id FROM leaving)`,
  );
  const addMoney = db.prepare<[string]>(
    `INSERT INTO archived_money (account, currency, amount)
     SELECT account, currency, sum(amount) FROM (${EFFECTS_BY_ACCOUNT} AND journal.id IN ${among('?')}) AS effect
     GROUP BY account, currency
     ON CONFLICT (account, currency) DO UPDATE SET amount = archived_money.amount + excluded.amount`,
  );
  const forgetCodes = db.prepare<[{ empty: Uint8Array; pins: string; ids: string }]>(
    `UPDATE pin SET sealed = @empty WHERE id IN ${among('@pins')} AND custody = 'sold' AND sold_in IN ${among('@ids')}`,
  );
  const removeMoves = db.prepare<[string]>(`DELETE FROM card_move WHERE id IN ${among('?')}`);
  const remove = db.prepare<[string]>(`DELETE FROM journal WHERE id IN ${among('?')}`);
  const count = db.prepare<[number, number, string]>(
    'UPDATE archive SET removed = removed + ?, pins = pins + ? WHERE name = ?',
  );
  return (input, out) => {
    const name = input.text();
    const rows = family.all({ ids: input.text(), before: input.number() });
    out.push(rows.length);
    if (rows.length === 0) return;
    const numbers = rows.map(({ id }) => id).sort((one, other) => one - other);
    const ids = JSON.stringify(numbers);
    const sold = rows.flatMap(({ state, pins }) =>
      state === 'approved' && pins !== null ? pins.split(',') : [],
    );
    addMoney.run(ids);
    if (sold.length > 0) forgetCodes.run({ empty: Buffer.alloc(0), pins: `[${sold.join()}]`, ids });
    removeMoves.run(ids);
    remove.run(ids);
    spans.add(numbers);
    count.run(rows.length, sold.length, name);
  };
}

/** Settlings and tombstones that no transaction needs any more; the last settling stays, as its number must not come again. */
export function sweepArchived(books: Books): Handler {
  const { db } = books;
  const last = db
    .prepare<[], number>(
      `SELECT min((SELECT settling_id FROM tallied),
       coalesce((SELECT told_settling FROM membership), 9007199254740991))`,
    )
    .pluck();
  const settlings = db.prepare<[number, number]>(
    `DELETE FROM settling WHERE id > ? AND id <= ? AND id < (SELECT max(id) FROM settling)
     AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.id = settling.origin)`,
  );
  const tombstones = db.prepare<[number]>('DELETE FROM tombstone WHERE recorded_at < ?');
  return (input, out) => {
    const after = input.number();
    const before = input.number();
    if (after === 0) tombstones.run(before);
    const end = Math.min(last.get() ?? 0, after + SWEEP_IDS);
    if (end > after) settlings.run(after, end);
    out.push(end > after ? end : 0);
  };
}
