/**
 * The journal at large, read by its primary key alone: a sale pays for no index of time, merchant or product. Ids
 * grow with time but for what waited for its commit, so a moment's id is found by halving (a few dozen look-ups),
 * with `CLOCK_SLACK_MS` to spare on either side, and rows are then held against the exact times. A portion is one
 * snapshot of at most `PORTION_ROWS` rows, some 50 ms of the reading thread; sales never wait for it.
 */
import { SETTLED_SERVICES } from '../../../domain/settling.js';
import type { GroupKey, IdSpan, JournalFilter, PageQuery, SumQuery } from '../../reportVerbs.js';
import type { Flat } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import { type Handler, JOURNAL_COLUMNS, type JournalRow, type TransactionPacker } from './journal.js';

/** Rows looked at in one portion. */
export const PORTION_ROWS = 50_000;
/** How far a row's time of receipt may lie from its neighbours', milliseconds: clocks set back, long waits. */
const CLOCK_SLACK_MS = 600_000;

/** Where no supplier was: our own PINs, or accounts managed here; '' where nobody performed anything. */
const PERFORMED_BY = `CASE WHEN supplier <> '' THEN supplier WHEN pins IS NOT NULL THEN 'stock'
  WHEN service = 'account-credit' AND reason = 'approved' THEN 'ledger' ELSE '' END`;
/** '' and 0 do not choose. */
const FITS = `received_at >= @from AND (CAST(@to AS BIGINT) = 0 OR received_at < @to)
  AND (@merchant = '' OR merchant = @merchant) AND (@terminal = '' OR terminal = @terminal)
  AND (@product = '' OR product = @product) AND (@service = '' OR service = @service)
  AND (@state = '' OR state = @state) AND (@reason = '' OR reason = @reason)
  AND (@supplier = '' OR @supplier = ${PERFORMED_BY})`;
const IN_SPAN = 'id > @after AND id <= @last';

export const PAGE = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE ${IN_SPAN} AND ${FITS} ORDER BY id LIMIT @limit`;
export const AT_OR_AFTER = 'SELECT id, received_at FROM journal WHERE id >= ? ORDER BY id LIMIT 1';

const GROUPS: Readonly<Record<GroupKey, string>> = {
  day: "strftime('%Y%m%d', received_at / 1000 + @offset * 60, 'unixepoch')",
  merchant: 'merchant',
  terminal: 'terminal',
  product: 'product',
  supplier: PERFORMED_BY,
};
const SOLD = `service IN (${Object.keys(SETTLED_SERVICES)
  .map((word) => `'${word}'`)
  .join(', ')})`;
const UNDONE = "state IN ('reversing', 'reversed') AND reason = 'approved'";

/** In the order of SALES_FIGURES. */
const SALES = `total(state = 'approved'), total(CASE WHEN state = 'approved' THEN amount END),
  total(${UNDONE}), total(CASE WHEN ${UNDONE} THEN amount END),
  total(state <> 'approved' AND state <> 'pending' AND NOT (${UNDONE})), total(state = 'pending')`;
/** What the house paid for the sale, as its postings have it; in the order of COMMISSION_FIGURES. */
const PAID = `(SELECT -sum(CAST(value ->> 2 AS BIGINT)) FROM json_each(effects, '$.p')
  WHERE value ->> 0 LIKE 'commission:%')`;

export function salesSql(by: readonly GroupKey[]): string {
  return grouped(by, SALES, `FROM journal WHERE ${IN_SPAN} AND ${SOLD} AND ${FITS}`);
}

export function commissionSql(by: readonly GroupKey[]): string {
  const rows = `SELECT *, ${PAID} AS paid FROM journal
    WHERE ${IN_SPAN} AND state = 'approved' AND effects IS NOT NULL AND ${FITS}`;
  return grouped(
    by,
    'count(*), total(amount), total(paid)',
    `FROM (${rows}) AS sales WHERE paid IS NOT NULL`,
  );
}

function grouped(by: readonly GroupKey[], figures: string, from: string): string {
  const keys = [...by.map((key) => GROUPS[key]), 'currency'].join(', ');
  return `SELECT ${keys}, ${figures} ${from} GROUP BY ${keys}`;
}

export function span(db: Connection): Handler {
  const lastId = db.prepare<[], number | null>('SELECT max(id) FROM journal').pluck();
  const atOrAfter = db.prepare<[number], { id: number; received_at: number }>(AT_OR_AFTER);
  const firstFrom = (moment: number, end: number): number => {
    let low = 1;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = atOrAfter.get(middle);
      if (!row || row.received_at >= moment) high = middle;
      else low = row.id + 1;
    }
    return low;
  };
  return (input, out) => {
    const from = input.number();
    const to = input.number();
    const last = lastId.get() ?? 0;
    const after = firstFrom(from - CLOCK_SLACK_MS, last + 1) - 1;
    out.push(after, to === 0 ? last : Math.max(after, firstFrom(to + CLOCK_SLACK_MS, last + 1) - 1));
  };
}

interface Bound extends JournalFilter, IdSpan {}

/** What one portion looks at. */
function portionOf({ after, last }: IdSpan): IdSpan {
  return { after, last: Math.min(last, after + PORTION_ROWS) };
}

export function page(db: Connection, packer: TransactionPacker): Handler {
  const select = db.prepare<[Bound & { limit: number }], JournalRow>(PAGE);
  return (input, out) => {
    const { filter, limit, ...whole } = input.object<PageQuery>();
    const portion = portionOf(whole);
    const found = select.all({ ...filter, ...portion, limit });
    out.push(found.length < limit ? portion.last : (found.at(-1)?.id ?? portion.last), found.length);
    for (const row of found) packer.push(out, row);
  };
}

/** Packs: where to go on, lines, and for each its keys, currency and figures. */
export function sums(db: Connection, sqlOf: (by: readonly GroupKey[]) => string): Handler {
  return (input, out) => {
    const { filter, by, utcOffsetMinutes: offset, ...whole } = input.object<SumQuery>();
    const portion = portionOf(whole);
    const select = db.prepare<[Bound & { offset: number }], Flat>(sqlOf(by));
    select.raw();
    const lines = select.all({ ...filter, ...portion, offset });
    out.push(portion.last, lines.length);
    for (const line of lines) out.push(...line);
  };
}

export const STOCK = `SELECT product, supplier, custody, count(*) FROM pin WHERE id > ? AND id <= ?
  GROUP BY product, supplier, custody`;

export function stock(db: Connection): Handler {
  const lastId = db.prepare<[], number | null>('SELECT max(id) FROM pin').pluck();
  const select = db.prepare<[number, number], Flat>(STOCK);
  select.raw();
  return (input, out) => {
    const after = input.number();
    const end = after + PORTION_ROWS;
    const lines = select.all(after, end);
    out.push(end >= (lastId.get() ?? 0) ? 0 : end, lines.length);
    for (const line of lines) out.push(...line);
  };
}
