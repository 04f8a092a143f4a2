/**
 * Sales for the hub, in portions behind two cursors: over the journal, what was approved as it was entered, and what
 * was declined as it was entered for want of stock; over the settlings, what was approved or undone later. What is pending
 * is passed over: it comes by its settling. So each approval and each undoing is told once. A settling waits until its
 * transaction has been passed, so that no sale is undone before it is told. Items of batches count one by one; batches
 * themselves sell nothing.
 */
import type { NetworkSale, SalesPortion } from '../../memberVerbs.js';
import { AT_ONCE, COUNTED_LIST } from '../days/tally.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

/** Rows looked at in one portion. */
const LOOKED_AT_MAX = 50_000;

type Row = Omit<NetworkSale, 'kind'> & { readonly kind: NetworkSale['kind']; readonly place: number };
type SettlingRow = Row & { readonly counts: number };

/** The PIN that a card's activation gave is what was sold from stock. */
const SALE = `journal.id AS "transaction", service, CASE WHEN service = 'card-activation' AND pins IS NOT NULL
    THEN (SELECT pin.product FROM pin WHERE pin.id = CAST(journal.pins AS BIGINT)) ELSE product END AS product,
  merchant, terminal, stan, rrn, quantity, amount, currency, received_at AS at`;
const MISSED = "deadline_at = 0 AND reason = 'out-of-stock' AND state = 'declined'";
export const TOLD_AT_ONCE = `SELECT id AS place, CASE reason WHEN 'approved' THEN 'sold' ELSE 'missed' END AS kind, ${SALE}
  FROM journal WHERE id > ? AND id <= ? AND service IN (${COUNTED_LIST}) AND ((${AT_ONCE}) OR (${MISSED}))
  ORDER BY id LIMIT ?`;
export const TOLD_LATER = `SELECT settling.id AS place, CASE settling.done WHEN 1 THEN 'sold' ELSE 'undone' END AS kind,
  service IN (${COUNTED_LIST}) AS counts, ${SALE}
  FROM settling CROSS JOIN journal ON journal.id = settling.origin
  WHERE settling.id > ? AND settling.id <= ? ORDER BY settling.id LIMIT ?`;

export function networkSales(db: Connection): Handler {
  const atOnce = db.prepare<[number, number, number], Row>(TOLD_AT_ONCE);
  const later = db.prepare<[number, number, number], SettlingRow>(TOLD_LATER);
  const lastOf = (table: string) =>
    db.prepare<[], number>(`SELECT coalesce(max(id), 0) FROM ${table}`).pluck();
  const lastJournal = lastOf('journal');
  const lastSettling = lastOf('settling');
  return (input, out) => {
    const after = { journal: input.number(), settling: input.number() };
    const limit = input.number();
    const last = { journal: lastJournal.get() ?? 0, settling: lastSettling.get() ?? 0 };
    const end = Math.max(after.journal, Math.min(last.journal, after.journal + LOOKED_AT_MAX));
    const sold = atOnce.all(after.journal, end, limit);
    const journal = sold.length < limit ? end : (sold.at(-1)?.place ?? end);
    const sales = sold.map(saleOf);
    let { settling } = after;
    const settled = later.all(settling, last.settling, limit - sales.length);
    for (const row of settled) {
      if (row.transaction > journal) break;
      settling = row.place;
      if (row.counts === 1) sales.push(saleOf(row));
    }
    const more = journal < last.journal || settling < last.settling;
    out.push({ sales, journal, settling, more } satisfies SalesPortion);
  };
}

function saleOf(row: Row): NetworkSale {
  const { kind, transaction, service, product, merchant, terminal, stan, rrn, quantity, amount } = row;
  const { currency, at } = row;
  return {
    kind,
    transaction,
    service,
    product,
    merchant,
    terminal,
    stan,
    rrn,
    quantity,
    amount,
    currency,
    at,
  };
}
