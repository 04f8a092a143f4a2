/** reverse: its own row, one effect, and what that effect is for each state of the original. */
import { booksAreRight, type Part } from '../place.js';
import {
  ACCEPTED,
  APPROVED,
  chunkOf,
  citationOf,
  closing,
  creditEntry,
  entryOf,
  intakeRows,
  issuedPin,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
  STANDS,
} from '../sample.js';
import { idOf } from './closing.js';

const SALE = { entry: entryOf({}), outcome: APPROVED, today: '20260301' };

export const reversals: Part = async (t, place) => {
  t.test('undoes a sale from stock: reversed, its PINs out of sale, a row of its own', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 3)));
    const sold = await store.sell(SALE);
    const reversal = reversing(reversalEntry(2), citationOf(SALE.entry));
    const reversed = await store.reverse(reversal);
    if (sold.kind !== 'sold' || reversed.kind !== 'reversed') throw new Error(reversed.kind);
    t.match(reversed.original, { id: sold.id, state: 'reversed', pins: sold.pins });
    t.equal(await store.forwardingCount(), 0, 'own stock: nobody else has to undo');
    const [row] = await store.find({ id: reversed.id, limit: 1 });
    t.match(row, { service: 'reversal', state: 'approved', outcome: ACCEPTED, originalId: sold.id });
    t.match(await store.quarantined(5), [{ id: sold.pins[0]?.id, transaction: sold.id, product: 'TALK10' }]);
    t.match(await store.sell(SALE), { kind: 'repeat', transaction: { state: 'reversed' } });
    t.match(await store.audit(), { byCustody: { stock: 2, sold: 0, quarantined: 1 } });
    await booksAreRight(t, store);
  });

  t.test(
    'answers its repeat from the journal, and takes other content under its key as a conflict',
    async (t) => {
      const store = await (await place(t)).open();
      await store.takeIn(chunkOf(intakeRows(0, 3)));
      await store.sell(SALE);
      const reversal = reversing(reversalEntry(2), citationOf(SALE.entry));
      const both = await Promise.all([store.reverse(reversal), store.reverse(reversal)]);
      t.match(both, [{ kind: 'reversed' }, { kind: 'repeat', transaction: { outcome: ACCEPTED } }]);
      const other = reversing(reversalEntry(2, { fingerprint: 'other' }), citationOf(SALE.entry));
      t.strictSame(await store.reverse(other), { kind: 'conflict' });
      t.match(await store.audit(), { byCustody: { stock: 2, quarantined: 1 } });
    },
  );

  t.test(
    'records nothing of one whose original is not known, where it may not cite such a one',
    async (t) => {
      const store = await (await place(t)).open();
      await store.takeIn(chunkOf(intakeRows(0, 3)));
      const reversal = reversing(reversalEntry(2), citationOf(SALE.entry), { unknown: undefined });
      t.strictSame(await store.reverse(reversal), { kind: 'unrecorded' });
      t.strictSame(await store.find({ key: reversal.entry.key, limit: 1 }), []);
      const sold = await store.sell(SALE);
      t.match(sold, { kind: 'sold' }, 'no tombstone');
      t.match(await store.find({ key: SALE.entry.key, limit: 1 }), [{ state: 'approved' }]);
      t.match(await store.reverse(reversal), { kind: 'reversed' });
      t.match(await store.reverse(reversal), { kind: 'repeat' });
      await booksAreRight(t, store);
    },
  );

  t.test('has no second effect under a new STAN', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 3)));
    await store.sell(SALE);
    await store.reverse(reversing(reversalEntry(2), citationOf(SALE.entry)));
    const second = await store.reverse(
      reversing(reversalEntry(3), citationOf(SALE.entry), { pinsTo: 'void' }),
    );
    t.match(second, { kind: 'nothing-to-undo', original: { state: 'reversed' } });
    t.match(await store.audit(), { byCustody: { quarantined: 1, void: 0 } });
    await booksAreRight(t, store);
  });

  t.test('voids PINs where the product says so', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 3)));
    await store.sell({ ...SALE, entry: entryOf({ quantity: 2 }) });
    await store.reverse(reversing(reversalEntry(2), citationOf(SALE.entry), { pinsTo: 'void' }));
    t.match(await store.audit(), { byCustody: { stock: 1, void: 2, quarantined: 0 } });
    t.strictSame(await store.quarantined(5), []);
    await booksAreRight(t, store);
  });

  t.test('finds nothing to undo in what was declined', async (t) => {
    const store = await (await place(t)).open();
    await store.decline(SALE.entry, REFUSED);
    const result = await store.reverse(reversing(reversalEntry(2), citationOf(SALE.entry)));
    t.match(result, { kind: 'nothing-to-undo', original: { state: 'declined', outcome: REFUSED } });
  });

  t.test('undoes an approved credit here, and at the supplier by the forwarding beside it', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1);
    const id = idOf(await store.open(opening(entry)));
    await store.close(closing(id));
    const result = await store.reverse(reversing(reversalEntry(2), citationOf(entry), { now: 6_000 }));
    t.match(result, { kind: 'reversed', original: { id, state: 'reversing' } });
    t.match(await store.forwardings(5), [{ id, kind: 'reversal', nextAt: 6_000, attempts: 0 }]);
    const again = await store.reverse(reversing(reversalEntry(3), citationOf(entry), { now: 7_000 }));
    t.match(again, { kind: 'nothing-to-undo', original: { state: 'reversing' } });
    t.match(await store.forwardings(5), [{ id, nextAt: 6_000 }]);
    await store.settleForwarding(id);
    t.match(await store.find({ id, limit: 1 }), [{ state: 'reversed' }]);
    await booksAreRight(t, store);
  });

  t.test('undoes issued PINs: out of sale here, and at the supplier where it can undo', async (t) => {
    const store = await (await place(t)).open();
    for (const [stan, doubt, state, forwarded] of [
      [1, 'reversal', 'reversing', 1],
      [2, 'inquiry', 'reversed', 1],
    ] as const) {
      const entry = entryOf({ stan: `00000${stan}` });
      const id = idOf(await store.open(opening(entry, { doubt })));
      await store.close(closing(id, { issued: [issuedPin(stan)] }));
      const result = await store.reverse(reversing(reversalEntry(10 + stan), citationOf(entry)));
      t.match(result, { kind: 'reversed', original: { id, state } });
      t.equal(await store.forwardingCount(), forwarded);
    }
    t.match(await store.audit(), { byCustody: { sold: 0, quarantined: 2 } });
    await booksAreRight(t, store);
  });

  t.test('refuses where the supplier cannot undo: the credit stands', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1);
    const id = idOf(await store.open(opening(entry, { doubt: 'inquiry' })));
    await store.close(closing(id));
    const reversal = reversing(reversalEntry(2), citationOf(entry));
    const result = await store.reverse(reversal);
    t.match(result, { kind: 'stands', original: { id, state: 'approved' } });
    t.match(await store.reverse(reversal), {
      kind: 'repeat',
      transaction: { state: 'declined', outcome: STANDS },
    });
    t.equal(await store.forwardingCount(), 0);
    await booksAreRight(t, store);
  });

  t.test('undoes what is pending only after the attempt under way', async (t) => {
    const store = await (await place(t)).open();
    const [early, late, inquired] = [creditEntry(1), creditEntry(2), creditEntry(3)];
    const first = idOf(await store.open(opening(early)));
    const second = idOf(await store.open(opening(late, { deadlineAt: 1_000 })));
    const third = idOf(await store.open(opening(inquired, { doubt: 'inquiry' })));
    await store.inquire(third, 'REF1', 9_000);
    for (const [index, entry] of [early, late, inquired].entries()) {
      const result = await store.reverse(reversing(reversalEntry(10 + index), citationOf(entry)));
      t.match(result, {
        kind: 'reversed',
        original: { state: 'reversing', outcome: { reason: 'reversed' } },
      });
    }
    t.match(await store.forwardings(5), [
      { id: second, kind: 'reversal', nextAt: 2_000 },
      { id: first, kind: 'reversal', nextAt: 5_000 },
      { id: third, kind: 'inquiry', nextAt: 5_000 },
    ]);
    t.strictSame(await store.pending(), []);
    await booksAreRight(t, store);
  });

  t.test('ends what is pending without a supplier at once', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1);
    const id = idOf(await store.open(opening(entry, { supplier: '' })));
    const result = await store.reverse(reversing(reversalEntry(2), citationOf(entry)));
    t.match(result, { kind: 'reversed', original: { state: 'reversed' } });
    t.match(await store.close(closing(id)), { kind: 'superseded', transaction: { state: 'reversed' } });
    t.equal(await store.forwardingCount(), 0);
    await booksAreRight(t, store);
  });
};
