/**
 * What this switch has of the hub's, from one snapshot: a statement by count and sum, or PIN by PIN. A statement tells
 * of this enrolment alone, and not of what was returned: that is the hub's. PIN by PIN, for a hub whose books are
 * old, what former enrolments in the same network have sold is told too.
 */
import type { HeldPin, StockStatement, StockStatementLine } from '../../memberVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import { transferOf } from './changeLog.js';

export interface Position {
  readonly transfer: number;
  readonly enrolment: number;
  readonly first: number;
  readonly change: number;
}

export const POSITION = `SELECT transfer, enrolment, first_enrolment AS "first",
  max(told_change, (SELECT coalesce(max(id), 0) FROM network_change)) AS change FROM membership`;
const LINES = `SELECT product, custody, count(*) AS count, mark_sum(mark) AS sum FROM pin
  WHERE transfer >= ? AND custody <> 'returned' GROUP BY product, custody ORDER BY product, custody`;

/** Nothing at all where this is no member. */
const NOWHERE: StockStatement = { change: 0, transfer: 0, lines: [] };

export function statementOfStock(db: Connection): Handler {
  const position = db.prepare<[], Position>(POSITION);
  const lines = db.prepare<[number], StockStatementLine>(LINES);
  return (_, out) => {
    const at = position.get();
    if (!at) {
      out.push(NOWHERE);
      return;
    }
    const { change, transfer, enrolment } = at;
    const told: StockStatement = { change, transfer, lines: lines.all(transferOf(enrolment, 0)) };
    out.push(told);
  };
}

export const HELD = `SELECT id, mark, product, supplier, serial, expiry, custody FROM pin
  WHERE id > ? AND (transfer >= ? OR (transfer >= ? AND custody = 'sold')) ORDER BY id LIMIT ?`;

export function heldPins(db: Connection): Handler {
  const position = db.prepare<[], Position>(POSITION);
  const select = db.prepare<[number, number, number, number], HeldPin>(HELD);
  return (input, out) => {
    const after = input.number();
    const limit = input.number();
    const at = position.get();
    out.push(at ? select.all(after, transferOf(at.enrolment, 0), transferOf(at.first, 0), limit) : []);
  };
}
