/** Reading verbs of acquisition. */
import type { OrderBook, OrderLead, VendorDelivery, VendorOrder } from '../../orderVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import type { Read } from '../operations.js';

type OrderRead = Extract<Read, 'orderBook' | 'orders'>;
type OrderRow = Omit<VendorOrder, 'deliveries'>;

/** Complete orders of a vendor and product that its lead time is measured over. */
const LEAD_ORDERS = 10;

const COLUMNS = `id, reference, vendor, supplier, product, code, quantity, state, taken, refused, decided_by AS "by", why,
  intended_at AS intendedAt, accepted_at AS acceptedAt, delivered_at AS deliveredAt, closed_at AS closedAt`;

const OPEN = `SELECT ${COLUMNS} FROM vendor_order WHERE closed_at = 0 ORDER BY id`;
const LAST = `SELECT ${COLUMNS} FROM vendor_order
  WHERE id IN (SELECT max(id) FROM vendor_order GROUP BY product, vendor) ORDER BY id`;
const LEADS = `SELECT vendor, product, tookMs FROM (
    SELECT id, vendor, product, delivered_at - intended_at AS tookMs,
      row_number() OVER (PARTITION BY vendor, product ORDER BY id DESC) AS back
    FROM vendor_order WHERE state = 'complete' AND delivered_at > 0
  ) AS latest WHERE back <= ${LEAD_ORDERS} ORDER BY id DESC`;

export function orderReads(db: Connection): Record<OrderRead, Handler> {
  const open = db.prepare<[], OrderRow>(OPEN);
  const last = db.prepare<[], OrderRow>(LAST);
  const leads = db.prepare<[], OrderLead>(LEADS);
  const latest = db.prepare<[number], OrderRow>(
    `SELECT ${COLUMNS} FROM vendor_order ORDER BY id DESC LIMIT ?`,
  );
  const deliveries = db.prepare<[number], VendorDelivery>(
    'SELECT delivery, sha256, taken, refused, at FROM vendor_delivery WHERE order_id = ? ORDER BY number',
  );
  const whole = (row: OrderRow): VendorOrder => ({ ...row, deliveries: deliveries.all(row.id) });
  return {
    orderBook: (_, out) => {
      out.push({ open: open.all().map(whole), last: last.all(), leads: leads.all() } satisfies OrderBook);
    },
    orders: (input, out) => {
      out.push(latest.all(input.number()).map(whole));
    },
  };
}
