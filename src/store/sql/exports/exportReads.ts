/** What is read of operators and exports. */
import type { Approval, Operator, PinExport } from '../../exportVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

export function operators(db: Connection): Handler {
  const select = db.prepare<[], Operator>(
    'SELECT name, public_key AS publicKey, at, removed_at AS removedAt FROM operator ORDER BY name',
  );
  return (_, out) => {
    out.push(select.all());
  };
}

type ExportRow = Omit<PinExport, 'isTaken' | 'approvals'> & { readonly taken: number };

const EXPORTS = `SELECT id, product, count, why, requested_by AS requestedBy, at,
  CASE WHEN pins IS NULL THEN 0 ELSE 1 END AS taken FROM pin_export`;

/** With its approvals. */
function approved(db: Connection): (row: ExportRow) => PinExport {
  const approvals = db.prepare<[number], Approval>(
    'SELECT operator, signature, at FROM pin_export_approval WHERE export = ? ORDER BY at, operator',
  );
  return ({ taken, ...rest }) => ({ ...rest, isTaken: taken === 1, approvals: approvals.all(rest.id) });
}

export function exportsOfPins(db: Connection): Handler {
  const select = db.prepare<[number], ExportRow>(`${EXPORTS} ORDER BY id DESC LIMIT ?`);
  const whole = approved(db);
  return (input, out) => {
    out.push(select.all(input.number()).map(whole));
  };
}

export function exportOf(db: Connection): Handler {
  const select = db.prepare<[number], ExportRow>(`${EXPORTS} WHERE id = ?`);
  const whole = approved(db);
  return (input, out) => {
    const row = select.get(input.number());
    out.push(row ? whole(row) : null);
  };
}
