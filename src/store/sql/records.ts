/** Small durable records: receipt templates, key batches, settings. */
import type { Books } from './books.js';
import { fromLatin1 } from './crossing/flat.js';
import type { Handler } from './journal/journal.js';

export function internReceipt(books: Books): Handler {
  const insert = books.db.prepare<[string]>('INSERT INTO receipt (lines) VALUES (?) ON CONFLICT DO NOTHING');
  const known = books.db.prepare<[string], number>('SELECT id FROM receipt WHERE lines = ?').pluck();
  return (input, out) => {
    const lines = input.text();
    insert.run(lines);
    out.push(known.get(lines) ?? 0);
  };
}

export function addKeyBatch(books: Books): Handler {
  const insert = books.db
    .prepare<[string, Uint8Array], number>(
      'INSERT INTO key_batch (key_id, wrapped) VALUES (?, ?) RETURNING id',
    )
    .pluck();
  return (input, out) => {
    const keyId = input.text();
    out.push(insert.get(keyId, fromLatin1(input.text())) as number);
  };
}

export function rewrapKeyBatch(books: Books): Handler {
  const update = books.db.prepare<[string, Uint8Array, number]>(
    'UPDATE key_batch SET key_id = ?, wrapped = ? WHERE id = ?',
  );
  return (input) => {
    const id = input.number();
    const keyId = input.text();
    update.run(keyId, fromLatin1(input.text()), id);
  };
}

export function setSetting(books: Books): Handler {
  const upsert = books.db.prepare<[string, string]>(
    'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  return (input) => {
    const name = input.text();
    upsert.run(name, input.text());
  };
}
