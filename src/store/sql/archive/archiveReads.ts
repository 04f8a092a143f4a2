/** What is read for archives. */
import type { Archivable, Archive, ArchivePortion, ArchiveQuery } from '../../archiveVerbs.js';
import type { Connection } from '../engine.js';
import { ITEMS } from '../journal/batches.js';
import { type Handler, JOURNAL_COLUMNS, type JournalRow } from '../journal/journal.js';
import { PORTION_ROWS } from '../journal/reporting.js';
import { among, MAY_LEAVE } from './leaving.js';

export const LEAVING = `SELECT ${JOURNAL_COLUMNS} FROM journal
  WHERE id > @after AND id <= @last AND ${MAY_LEAVE} ORDER BY id LIMIT @limit`;
const PINS = `SELECT id, custody, product, supplier, batch, sealed, mark, serial, expiry FROM pin
  WHERE id IN ${among('?')} ORDER BY id`;

type PinOfRow = Readonly<Record<string, string | number | Uint8Array | null>>;

export function archivable(db: Connection): Handler {
  const select = db.prepare<[ArchiveQuery], JournalRow>(LEAVING);
  const items = db.prepare<[number], JournalRow>(ITEMS);
  const pins = db.prepare<[string], PinOfRow>(PINS);
  const lineOf = (row: JournalRow): string =>
    JSON.stringify({
      ...plain(row as unknown as PinOfRow),
      pins: row.pins === null ? [] : pins.all(`[${row.pins}]`).map(plain),
    });
  return (input, out) => {
    const query = input.object<ArchiveQuery>();
    const last = Math.min(query.last, query.after + PORTION_ROWS);
    const rows = select.all({ ...query, last });
    const found = rows.map((row): Archivable => {
      const family = row.service === 'batch' ? [row, ...items.all(row.id)] : [row];
      return { id: row.id, receivedAt: row.received_at, lines: family.map(lineOf) };
    });
    const next = rows.length < query.limit ? last : (rows.at(-1)?.id ?? last);
    out.push({ next, found } satisfies ArchivePortion);
  };
}

/** Bytes as Base64. */
function plain(row: PinOfRow): Record<string, string | number | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  );
}

export function archives(db: Connection): Handler {
  const select = db.prepare<[], Omit<Archive, 'isDone'> & { readonly is_done: number }>(
    'SELECT name, day, sha256, rows, removed, is_done, at FROM archive ORDER BY name',
  );
  return (_, out) => {
    out.push(select.all().map(({ is_done, ...rest }): Archive => ({ ...rest, isDone: is_done === 1 })));
  };
}
