/** The catalogue's revisions: staged portions, and the commit that makes a revision of them. */
import { SafeError } from '../../base/errors.js';
import type { CatalogueRevision, NewRevision } from '../catalogueVerbs.js';
import type { Books } from './books.js';
import type { Cursor, Flat } from './crossing/flat.js';
import type { Connection } from './engine.js';
import type { Handler } from './journal/journal.js';

/** As NewRevision; what may be undefined there is null here. */
export type PackedRevision = Omit<NewRevision, 'expected'> & { readonly expected: number | null };

export const REVISIONS = `SELECT revision, digest, made_by, at,
    (SELECT count(*) FROM catalogue_content WHERE catalogue_content.revision = catalogue_revision.revision)
  FROM catalogue_revision WHERE revision <= ? ORDER BY revision DESC LIMIT ?`;
const LAST = 'SELECT max(revision) FROM catalogue_revision';

export function stagePortions(books: Books): Handler {
  const insert = books.db.prepare<[string, string]>(
    'INSERT INTO catalogue_portion (digest, content) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  return (input) => {
    for (let left = input.number(); left > 0; left -= 1) insert.run(input.text(), input.text());
  };
}

export function addRevision(books: Books): Handler {
  const { db } = books;
  const last = db.prepare<[], { revision: number; digest: string }>(
    'SELECT revision, digest FROM catalogue_revision ORDER BY revision DESC LIMIT 1',
  );
  const insert = db.prepare<[number, string, string, number]>(
    'INSERT INTO catalogue_revision (revision, digest, made_by, at) VALUES (?, ?, ?, ?)',
  );
  const content = db.prepare<[number, number, string]>(
    `INSERT INTO catalogue_content (revision, number, portion)
     SELECT ?, ?, id FROM catalogue_portion WHERE digest = ?`,
  );
  return (input, out) => {
    const { digest, portions, by, at, expected } = input.object<PackedRevision>();
    const before = last.get();
    const revision = before?.revision ?? 0;
    if (expected !== null && expected !== revision) {
      out.push('unexpected', revision);
      return;
    }
    if (before?.digest === digest) {
      out.push('unchanged', revision);
      return;
    }
    for (const [number, portion] of portions.entries()) {
      const { changes } = content.run(revision + 1, number, portion);
      if (changes !== 1) throw new SafeError('catalogue: a portion of the revision was not staged');
    }
    insert.run(revision + 1, digest, by, at);
    out.push('stored', revision + 1);
  };
}

export function lastRevision(db: Connection): Handler {
  const select = db.prepare<[], number | null>(LAST).pluck();
  return (_, out) => {
    out.push(select.get() ?? 0);
  };
}

export function revisions(db: Connection): Handler {
  const select = db.prepare<[number, number], Flat>(REVISIONS);
  select.raw();
  return (input, out) => {
    const from = input.number();
    const found = select.all(from > 0 ? from : Number.MAX_SAFE_INTEGER, input.number());
    out.push(found.length);
    for (const row of found) out.push(...row);
  };
}

export function takeRevision(input: Cursor): CatalogueRevision {
  const revision = input.number();
  const digest = input.text();
  return { revision, digest, by: input.text(), at: input.number(), portions: input.number() };
}

export function cataloguePortion(db: Connection): Handler {
  const select = db
    .prepare<[number, number], string>(
      `SELECT content FROM catalogue_portion
       WHERE id = (SELECT portion FROM catalogue_content WHERE revision = ? AND number = ?)`,
    )
    .pluck();
  return (input, out) => {
    out.push(select.get(input.number(), input.number()) ?? null);
  };
}

export function portionDigests(db: Connection): Handler {
  const select = db
    .prepare<[number], string>(
      `SELECT digest FROM catalogue_content JOIN catalogue_portion ON id = portion
       WHERE revision = ? ORDER BY number`,
    )
    .pluck();
  return (input, out) => {
    out.push(select.all(input.number()));
  };
}

export function portion(db: Connection): Handler {
  const select = db
    .prepare<[string], string>('SELECT content FROM catalogue_portion WHERE digest = ?')
    .pluck();
  return (input, out) => {
    out.push(select.get(input.text()) ?? null);
  };
}

export function portionsLacking(db: Connection): Handler {
  const select = db.prepare<[string], number>('SELECT 1 FROM catalogue_portion WHERE digest = ?').pluck();
  return (input, out) => {
    out.push(input.object<string[]>().filter((digest) => select.get(digest) === undefined));
  };
}
