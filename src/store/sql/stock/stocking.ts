/**
 * PINs into stock and out of it other than by sale: intake, expiry, decisions. An intake chunk is one commit with
 * its progress, so a killed intake goes on where it stood; a PIN known by its mark is refused, whatever its row.
 */
import type { Decision, IntakeChunk } from '../../store.js';
import type { Books } from '../books.js';
import { type Cursor, type Flat, fromLatin1 } from '../crossing/flat.js';
import type { Handler } from '../journal/journal.js';
import { HubDecisions } from '../network/hubDecisions.js';

/** What a chunk says besides its rows; these follow as line, product, sealed, mark, serial, expiry. */
export type PackedChunk = Omit<IntakeChunk, 'rows'> & { readonly count: number };

/** Rows that one INSERT adds. */
const ROWS = 32;
const COLUMNS = 7;

/** OR IGNORE, and not ON CONFLICT: see network/transfersIn.ts. */
function insertOf(rows: number): string {
  const row = "('stock', ?, ?, ?, ?, ?, ?, ?)";
  return `INSERT OR IGNORE INTO pin (custody, product, supplier, batch, sealed, mark, serial, expiry)
    VALUES ${Array.from({ length: rows }, () => row).join(', ')} RETURNING mark`;
}

/** Rows as they were packed, from some place on. */
interface Rows {
  readonly lines: readonly number[];
  readonly products: readonly string[];
  readonly marks: readonly string[];
  /** All columns of all rows. */
  readonly values: Flat;
}

function rowsOf(input: Cursor, count: number, { supplier, batch }: PackedChunk): Rows {
  const rows = { lines: [] as number[], products: [] as string[], marks: [] as string[], values: [] as Flat };
  for (let left = count; left > 0; left -= 1) {
    rows.lines.push(input.number());
    const product = input.text();
    const sealed = fromLatin1(input.text());
    const mark = input.text();
    rows.products.push(product);
    rows.marks.push(mark);
    rows.values.push(product, supplier, batch, sealed, mark, input.text(), input.text());
  }
  return rows;
}

export function takeIn(books: Books): Handler {
  const many = books.db.prepare<Flat, string>(insertOf(ROWS)).pluck();
  const one = books.db.prepare<Flat, string>(insertOf(1)).pluck();
  const record = books.db.prepare<(string | number)[]>(
    `INSERT INTO intake (name, supplier, batch, progress, taken, refused, at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET batch = excluded.batch, progress = excluded.progress,
     taken = intake.taken + excluded.taken, refused = intake.refused + excluded.refused, at = excluded.at`,
  );
  /** The lines whose PINs were known. */
  const enter = ({ lines, products, marks, values }: Rows, taken: Map<string, number>): number[] => {
    const inserted = new Set<string>();
    const size = lines.length === ROWS ? ROWS : 1;
    for (let at = 0; at < lines.length; at += size) {
      const bound = values.slice(at * COLUMNS, (at + size) * COLUMNS);
      for (const mark of (size === 1 ? one : many).all(...bound)) inserted.add(mark);
    }
    return lines.filter((_, at) => {
      // The second of two in one chunk is known by the first.
      if (!inserted.delete(marks[at] as string)) return true;
      const product = products[at] as string;
      taken.set(product, (taken.get(product) ?? 0) + 1);
      return false;
    });
  };
  return (input, out) => {
    const chunk = input.object<PackedChunk>();
    const taken = new Map<string, number>();
    const known: number[] = [];
    for (let left = chunk.count; left > 0; left -= ROWS)
      known.push(...enter(rowsOf(input, Math.min(left, ROWS), chunk), taken));
    for (const [product, count] of taken) {
      books.levels.enter(product, 'stock', count);
      books.shelf.forget(product);
    }
    const count = chunk.count - known.length;
    const refused = known.length + (chunk.malformed ?? 0);
    record.run(chunk.intake, chunk.supplier, chunk.batch, chunk.progress, count, refused, chunk.at);
    out.push(count, known);
  };
}

export const EXPIRED = `SELECT id FROM pin WHERE product = ? AND custody = 'stock' AND expiry < ?
  ORDER BY expiry, id LIMIT ?`;

/** Moves at most so many; says how many. The calling side asks again until there are none. */
export function expire(books: Books): Handler {
  const products = books.db
    .prepare<[], string>("SELECT product FROM level WHERE custody = 'stock' AND count > 0")
    .pluck();
  const expired = books.db.prepare<[string, string, number], number>(EXPIRED).pluck();
  return (input, out) => {
    const today = input.text();
    let left = input.number();
    let moved = 0;
    books.levels.write();
    for (const product of products.all()) {
      const ids = expired.all(product, today, left);
      for (const id of ids) books.pins.move(id, 'stock', 'expired', null);
      if (ids.length > 0) books.shelf.forget(product);
      moved += ids.length;
      left -= ids.length;
      if (left === 0) break;
    }
    out.push(moved);
  };
}

export function decide(books: Books): Handler {
  const record = books.db.prepare<(string | number)[]>(
    `INSERT INTO decision (decided_by, why, at, from_custody, to_custody, pins)
     VALUES (?, ?, ?, 'quarantined', ?, ?)`,
  );
  const network = new HubDecisions(books);
  const standing = books.db.prepare<[number], { sold_in: number | null; transfer: number }>(
    'SELECT sold_in, transfer FROM pin WHERE id = ?',
  );
  const move = (id: number, to: Decision['to']): boolean => {
    const pin = standing.get(id);
    if (!pin || (to === 'stock' && books.log.isForeign(pin.transfer))) return false;
    if (!network.decides(id, to)) return false;
    return books.pins.move(id, 'quarantined', to, to === 'stock' ? null : pin.sold_in);
  };
  return (input, out) => {
    const { pinIds, to, by, why, at } = input.object<Decision>();
    const moved = [...new Set(pinIds)].filter((id) => move(id, to));
    network.write();
    record.run(by, why, at, to, moved.join());
    if (moved.length > 0 && to === 'stock') books.shelf.forgetAll();
    out.push(moved.length);
  };
}
