/** placeOrder, moveOrder, recordDelivery: one decision a product, each step once, and what a decision looks at. */
import type { Delivered, NewOrder, OrderMove, Store } from '../../../src/store/store.js';
import type { Part } from '../place.js';

let references = 0;

function order(said: Partial<NewOrder> = {}): NewOrder {
  references += 1;
  const reference = `R${references}`;
  const goods = { vendor: 'acme', supplier: 'acme', product: 'TALK10', code: 'T-10', quantity: 100 };
  return { reference, ...goods, after: 0, at: 1_000, ...said };
}

function move(reference: string, to: OrderMove['to'], said: Partial<OrderMove> = {}): OrderMove {
  return { reference, to, by: '', why: '', at: 2_000, ...said };
}

function delivered(reference: string, delivery: string, said: Partial<Delivered> = {}): Delivered {
  return { reference, delivery, sha256: `hash-${delivery}`, taken: 40, refused: 0, at: 3_000, ...said };
}

async function accepted(store: Store, said: Partial<NewOrder> = {}): Promise<NewOrder> {
  const placed = order(said);
  await store.placeOrder(placed);
  await store.moveOrder(move(placed.reference, 'accepted'));
  return placed;
}

export const orders: Part = async (t, place) => {
  t.test('an order is placed once, and no second one before its vendor has spoken', async (t) => {
    const here = await place(t);
    const [store, other] = [await here.open(), await here.open()];
    const first = order();
    t.strictSame(await store.placeOrder(first), { kind: 'placed', id: 1 });
    t.strictSame(await other.placeOrder(order({ after: 1 })), { kind: 'undecided' });
    t.strictSame(await store.placeOrder(order({ product: 'TALK20' })), { kind: 'placed', id: 2 });
    await store.moveOrder(move(first.reference, 'accepted'));
    t.strictSame(await other.placeOrder(order()), { kind: 'overtaken' }, 'decided before the first one');
    t.strictSame(await other.placeOrder(order({ after: 1 })), { kind: 'placed', id: 3 });
    t.strictSame(
      (await store.orders(10)).map(({ id, state }) => [id, state]),
      [
        [3, 'intended'],
        [2, 'intended'],
        [1, 'accepted'],
      ],
    );
  });

  t.test('of two decisions at once one is carried out', async (t) => {
    const here = await place(t);
    const stores = [await here.open(), await here.open()];
    const results = await Promise.all(stores.map((store) => store.placeOrder(order())));
    t.strictSame(results.map(({ kind }) => kind).sort(), ['placed', 'undecided']);
  });

  t.test('a reference is never used twice', async (t) => {
    const store = await (await place(t)).open();
    await store.placeOrder(order({ reference: 'ONCE' }));
    await t.rejects(store.placeOrder(order({ reference: 'ONCE', product: 'TALK20' })));
    t.equal((await store.orders(10)).length, 1);
  });

  t.test('an order goes on, never back, and keeps who ended it and why', async (t) => {
    const store = await (await place(t)).open();
    t.strictSame(await store.moveOrder(move('nobody', 'accepted')), { kind: 'unknown' });
    const { reference } = order();
    await store.placeOrder(order({ reference }));
    t.strictSame(await store.moveOrder(move(reference, 'complete')), { kind: 'stands', state: 'intended' });
    t.strictSame(await store.moveOrder(move(reference, 'accepted')), { kind: 'moved' });
    t.strictSame(await store.moveOrder(move(reference, 'accepted')), { kind: 'stands', state: 'accepted' });
    const decision = { by: 'ann', why: 'the vendor is gone', at: 9_000 };
    t.strictSame(await store.moveOrder(move(reference, 'cancelled', decision)), { kind: 'moved' });
    t.strictSame(await store.moveOrder(move(reference, 'refused')), { kind: 'stands', state: 'cancelled' });
    t.match(await store.orders(1), [
      { state: 'cancelled', by: 'ann', why: 'the vendor is gone', acceptedAt: 2_000, closedAt: 9_000 },
    ]);
    t.strictSame((await store.orderBook()).open, []);
  });

  t.test('a delivery is recorded once, and adds up in its order', async (t) => {
    const store = await (await place(t)).open();
    t.strictSame(await store.recordDelivery(delivered('nobody', 'D1')), { kind: 'unknown' });
    const { reference } = await accepted(store);
    t.strictSame(await store.recordDelivery(delivered(reference, 'D1')), { kind: 'recorded', taken: 40 });
    t.strictSame(await store.recordDelivery(delivered(reference, 'D1')), { kind: 'known' });
    await store.recordDelivery(delivered(reference, 'D2', { taken: 57, refused: 3, at: 4_000 }));
    const [open] = (await store.orderBook()).open;
    t.match(open, { state: 'part', taken: 97, refused: 3, deliveredAt: 4_000 });
    t.match(open?.deliveries, [
      { delivery: 'D1', sha256: 'hash-D1', taken: 40, refused: 0, at: 3_000 },
      { delivery: 'D2', taken: 57 },
    ]);
    t.strictSame(await store.moveOrder(move(reference, 'complete')), { kind: 'moved' });
    t.match(await store.orders(1), [{ state: 'complete', taken: 97 }]);
  });

  t.test('the same contents bring nothing the second time, of whichever order', async (t) => {
    const store = await (await place(t)).open();
    const first = await accepted(store);
    const second = await accepted(store, { after: 1 });
    await store.recordDelivery(delivered(first.reference, 'D1'));
    const again = delivered(first.reference, 'D2', { sha256: 'hash-D1', at: 5_000 });
    t.strictSame(await store.recordDelivery(again), { kind: 'recorded', taken: 0 });
    const elsewhere = delivered(second.reference, 'D1', { at: 5_000 });
    t.strictSame(await store.recordDelivery(elsewhere), { kind: 'recorded', taken: 0 });
    t.match((await store.orderBook()).open, [
      { taken: 40, refused: 40, deliveredAt: 3_000 },
      { taken: 0, refused: 40, deliveredAt: 0 },
    ]);
    const other = await accepted(store, { supplier: 'other', product: 'TALK20' });
    const theirs = delivered(other.reference, 'D1');
    t.strictSame(
      await store.recordDelivery(theirs),
      { kind: 'recorded', taken: 40 },
      'PINs of another supplier',
    );
  });

  t.test('what was taken in is recorded also where the order was given up meanwhile', async (t) => {
    const store = await (await place(t)).open();
    const { reference } = await accepted(store);
    await store.moveOrder(move(reference, 'cancelled', { by: 'ann', why: 'late' }));
    t.strictSame(await store.recordDelivery(delivered(reference, 'D1')), { kind: 'recorded', taken: 40 });
    t.match(await store.orders(1), [{ state: 'cancelled', taken: 40, why: 'late' }]);
  });

  t.test('the book has what is open, the last order of each, and lead times as measured', async (t) => {
    const here = await place(t);
    const store = await here.open();
    let after = 0;
    for (const days of [1, 3]) {
      const { reference } = await accepted(store, { after, at: 0 });
      await store.recordDelivery(delivered(reference, 'D1', { sha256: `${days}`, at: days * 1_000 }));
      await store.moveOrder(move(reference, 'complete'));
      after += 1;
    }
    const refused = order({ vendor: 'other', after });
    await store.placeOrder(refused);
    await store.moveOrder(move(refused.reference, 'refused', { why: 'sold out', at: 7_000 }));
    const open = await accepted(store, { after: 3 });
    await store.shutdown();
    const book = await (await here.open()).orderBook();
    t.match(book.open, [{ id: 4, reference: open.reference, code: 'T-10', quantity: 100, deliveries: [] }]);
    t.match(book.last, [
      { id: 3, vendor: 'other', state: 'refused', why: 'sold out', closedAt: 7_000 },
      { id: 4, vendor: 'acme', state: 'accepted' },
    ]);
    t.strictSame(book.leads, [
      { vendor: 'acme', product: 'TALK10', tookMs: 3_000 },
      { vendor: 'acme', product: 'TALK10', tookMs: 1_000 },
    ]);
  });
};
