/** Writing verbs of acquisition: orders to vendors, and what they delivered. */
import type { Delivered, NewOrder, OrderMove, OrderState, VendorOrder } from '../../orderVerbs.js';
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import type { Write } from '../operations.js';

type OrderWrite = Extract<Write, 'placeOrder' | 'moveOrder' | 'recordDelivery'>;

/** From where an order goes there. */
const FROM: Readonly<Record<OrderMove['to'], readonly OrderState[]>> = {
  accepted: ['intended'],
  complete: ['accepted', 'part'],
  refused: ['intended', 'accepted', 'part'],
  cancelled: ['intended', 'accepted', 'part'],
};

export function orderWrites(books: Books): Record<OrderWrite, Handler> {
  return {
    placeOrder: placeOrder(books),
    moveOrder: moveOrder(books),
    recordDelivery: recordDelivery(books),
  };
}

function placeOrder({ db }: Books): Handler {
  const last = db
    .prepare<[string], number>('SELECT coalesce(max(id), 0) FROM vendor_order WHERE product = ?')
    .pluck();
  const undecided = db
    .prepare<[string], number>("SELECT id FROM vendor_order WHERE product = ? AND state = 'intended'")
    .pluck();
  const insert = db
    .prepare<(string | number)[], number>(
      `INSERT INTO vendor_order (reference, vendor, supplier, product, code, quantity, state, intended_at)
     VALUES (?, ?, ?, ?, ?, ?, 'intended', ?) RETURNING id`,
    )
    .pluck();
  return (input, out) => {
    const { reference, vendor, supplier, product, code, quantity, after, at } = input.object<NewOrder>();
    if (undecided.get(product) !== undefined) out.push({ kind: 'undecided' });
    else if (last.get(product) !== after) out.push({ kind: 'overtaken' });
    else {
      const id = insert.get(reference, vendor, supplier, product, code, quantity, at);
      out.push({ kind: 'placed', id: id as number });
    }
  };
}

function moveOrder({ db }: Books): Handler {
  const stateOf = db
    .prepare<[string], OrderState>('SELECT state FROM vendor_order WHERE reference = ?')
    .pluck();
  const accept = db.prepare<(string | number)[]>(
    "UPDATE vendor_order SET state = 'accepted', accepted_at = ? WHERE reference = ?",
  );
  const close = db.prepare<(string | number)[]>(
    'UPDATE vendor_order SET state = ?, decided_by = ?, why = ?, closed_at = ? WHERE reference = ?',
  );
  return (input, out) => {
    const { reference, to, by, why, at } = input.object<OrderMove>();
    const state = stateOf.get(reference);
    if (state === undefined) out.push({ kind: 'unknown' });
    else if (!FROM[to].includes(state)) out.push({ kind: 'stands', state });
    else {
      if (to === 'accepted') accept.run(at, reference);
      else close.run(to, by, why, at, reference);
      out.push({ kind: 'moved' });
    }
  };
}

function recordDelivery({ db }: Books): Handler {
  const byReference = db.prepare<[string], Pick<VendorOrder, 'id' | 'supplier'>>(
    'SELECT id, supplier FROM vendor_order WHERE reference = ?',
  );
  const known = db
    .prepare<[number, string, string], number>(
      'SELECT 1 FROM vendor_delivery WHERE order_id = ? AND delivery = ? AND sha256 = ?',
    )
    .pluck();
  const brought = db
    .prepare<[string, string], number>(
      `SELECT 1 FROM vendor_delivery d JOIN vendor_order o ON o.id = d.order_id
       WHERE d.sha256 = ? AND o.supplier = ? LIMIT 1`,
    )
    .pluck();
  const insert = db.prepare<[object]>(
    `INSERT INTO vendor_delivery (order_id, delivery, sha256, taken, refused, at, number)
     SELECT @id, @delivery, @sha256, @taken, @refused, @at, count(*) + 1
     FROM vendor_delivery WHERE order_id = @id`,
  );
  const update = db.prepare<[object]>(
    `UPDATE vendor_order SET taken = taken + @taken, refused = refused + @refused,
       state = CASE WHEN state IN ('intended', 'accepted') THEN 'part' ELSE state END,
       accepted_at = CASE accepted_at WHEN 0 THEN @at ELSE accepted_at END,
       delivered_at = CASE WHEN @taken > 0 THEN @at ELSE delivered_at END
     WHERE id = @id`,
  );
  return (input, out) => {
    const { reference, delivery, sha256, at, ...rows } = input.object<Delivered>();
    const order = byReference.get(reference);
    if (!order) return void out.push({ kind: 'unknown' });
    if (known.get(order.id, delivery, sha256)) return void out.push({ kind: 'known' });
    // The same contents were taken in once; the intake's books say so of both deliveries.
    const taken = brought.get(sha256, order.supplier) ? 0 : rows.taken;
    const refused = rows.taken + rows.refused - taken;
    const row = { id: order.id, delivery, sha256, taken, refused, at };
    insert.run(row);
    update.run({ id: order.id, taken, refused, at });
    out.push({ kind: 'recorded', taken });
  };
}
