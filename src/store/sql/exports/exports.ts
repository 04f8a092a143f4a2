/**
 * Exports of PINs. Stops before the commit that takes: all of them are in stock. Stops after it: none is, they are void, and
 * taking again gives the same ones.
 */
import { APPROVALS, type Approval, type NewExport, type Operator } from '../../exportVerbs.js';
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import { PIN_COLUMNS, type PinRow, packPin } from '../stock/pins.js';

export function addOperator(books: Books): Handler {
  const insert = books.db.prepare<[string, string, number]>(
    'INSERT INTO operator (name, public_key, at, removed_at) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING',
  );
  return (input, out) => {
    const { name, publicKey, at } = input.object<Operator>();
    out.push(insert.run(name, publicKey, at).changes);
  };
}

export function removeOperator(books: Books): Handler {
  const update = books.db.prepare<[number, string]>(
    'UPDATE operator SET removed_at = ? WHERE name = ? AND removed_at = 0',
  );
  return (input, out) => {
    const name = input.text();
    out.push(update.run(input.number(), name).changes);
  };
}

export function requestExport(books: Books): Handler {
  const insert = books.db
    .prepare<[string, number, string, string, number], number>(
      'INSERT INTO pin_export (product, count, why, requested_by, at) VALUES (?, ?, ?, ?, ?) RETURNING id',
    )
    .pluck();
  return (input, out) => {
    const { product, count, why, requestedBy, at } = input.object<NewExport>();
    out.push(insert.get(product, count, why, requestedBy, at) as number);
  };
}

interface ExportRow {
  readonly product: string;
  readonly count: number;
  readonly why: string;
  readonly requested_by: string;
  readonly pins: string | null;
}

const EXPORT = 'SELECT product, count, why, requested_by, pins FROM pin_export WHERE id = ?';

export function approveExport(books: Books): Handler {
  const find = books.db.prepare<[number], ExportRow>(EXPORT);
  const operator = books.db.prepare<[string], object>(
    'SELECT name FROM operator WHERE name = ? AND removed_at = 0',
  );
  const insert = books.db.prepare<[number, string, string, number]>(
    'INSERT INTO pin_export_approval (export, operator, signature, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return (input, out) => {
    const id = input.number();
    const approval = input.object<Approval>();
    const wanted = find.get(id);
    if (!wanted) out.push('unknown');
    else if (wanted.pins !== null) out.push('taken');
    else if (!operator.get(approval.operator)) out.push('no-operator');
    else {
      const { changes } = insert.run(id, approval.operator, approval.signature, approval.at);
      out.push(changes === 1 ? 'approved' : 'approved-before');
    }
  };
}

export function takeExport(books: Books): Handler {
  const { db } = books;
  const find = db.prepare<[number], ExportRow>(EXPORT);
  const approvals = db
    .prepare<[number], number>(
      `SELECT count(*) FROM pin_export_approval JOIN operator ON operator.name = pin_export_approval.operator
       WHERE export = ? AND removed_at = 0`,
    )
    .pluck();
  const inStock = db
    .prepare<[string, string, number], number>(
      "SELECT id FROM pin WHERE product = ? AND custody = 'stock' AND expiry >= ? ORDER BY expiry, id LIMIT ?",
    )
    .pluck();
  const record = db.prepare<(string | number)[]>(
    `INSERT INTO decision (decided_by, why, at, from_custody, to_custody, pins)
     VALUES (?, ?, ?, 'stock', 'void', ?)`,
  );
  const took = db.prepare<[string, number]>('UPDATE pin_export SET pins = ? WHERE id = ?');
  const byId = db.prepare<[number], PinRow>(`SELECT ${PIN_COLUMNS} FROM pin WHERE id = ?`);
  byId.raw();
  return (input, out) => {
    const id = input.number();
    const today = input.text();
    const at = input.number();
    const wanted = find.get(id);
    if (!wanted) return void out.push('unknown');
    const { product, count, why, requested_by: by } = wanted;
    let pins = wanted.pins?.split(',').map(Number);
    if (!pins) {
      if ((approvals.get(id) ?? 0) < APPROVALS) return void out.push('unapproved');
      pins = inStock.all(product, today, count);
      if (pins.length < count) return void out.push('short', pins.length);
      for (const pin of pins) books.pins.move(pin, 'stock', 'void', null);
      books.shelf.forget(product);
      record.run(by, why, at, pins.join());
      took.run(pins.join(), id);
    }
    out.push('taken', product, pins.length);
    for (const pin of pins) packPin(out, byId.get(pin) as PinRow);
  };
}
