/**
 * Cards into the books, and out of use when their last day has passed. An intake chunk is one commit with its progress,
 * so a killed intake goes on where it stood; a number known by its mark is refused, whatever its row.
 */
import type { CardChunk } from '../../store.js';
import type { Books } from '../books.js';
import { type Flat, fromLatin1 } from '../crossing/flat.js';
import type { Handler } from '../journal/journal.js';

/** What a chunk says besides its rows; these follow as line, product, sealed, mark, pin, expiry. */
export type PackedCardChunk = Omit<CardChunk, 'rows'> & { readonly count: number };

export function takeInCards(books: Books): Handler {
  const insert = books.db.prepare<[Flat]>(
    `INSERT INTO card (state, supplier, batch, product, sealed, mark, pin, expiry, terminal, moved_in)
     VALUES ('inactive', ?, ?, ?, ?, ?, ?, ?, '', 0) ON CONFLICT (mark) DO NOTHING`,
  );
  const record = books.db.prepare<(string | number)[]>(
    `INSERT INTO card_intake (name, supplier, batch, progress, taken, refused, at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET batch = excluded.batch, progress = excluded.progress,
     taken = card_intake.taken + excluded.taken, refused = card_intake.refused + excluded.refused, at = excluded.at`,
  );
  return (input, out) => {
    const { supplier, batch, count, ...chunk } = input.object<PackedCardChunk>();
    const known: number[] = [];
    for (let left = count; left > 0; left -= 1) {
      const line = input.number();
      const product = input.text();
      const sealed = fromLatin1(input.text());
      const mark = input.text();
      const pin = input.scalar() as string | null;
      const bytes = pin === null ? null : fromLatin1(pin);
      const { changes } = insert.run([supplier, batch, product, sealed, mark, bytes, input.text()]);
      if (changes === 0) known.push(line);
    }
    const taken = count - known.length;
    const refused = known.length + (chunk.malformed ?? 0);
    record.run(chunk.intake, supplier, batch, chunk.progress, taken, refused, chunk.at);
    out.push(taken, known);
  };
}

export const EXPIRE_CARDS = `UPDATE card SET state = 'expired' WHERE id IN (SELECT id FROM card
  WHERE state IN ('inactive', 'preauthorised', 'active') AND expiry < ? ORDER BY expiry, id LIMIT ?)`;

/** Moves at most so many; says how many. The calling side asks again until there are none. */
export function expireCards(books: Books): Handler {
  const update = books.db.prepare<[string, number]>(EXPIRE_CARDS);
  return (input, out) => {
    const today = input.text();
    out.push(update.run(today, input.number()).changes);
  };
}
