/** expire and decide: PINs out of sale because of a date, and out of quarantine because of a word. */
import type { Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  entryOf,
  intakeRows,
  reversalEntry,
  reversing,
  saleEntry,
} from '../sample.js';

const decision = { by: 'operator', why: 'printer was out of paper', at: 9_000 };

async function quarantinedIds(store: Store, count: number): Promise<number[]> {
  for (let n = 1; n <= count; n += 1) {
    const entry = entryOf({ stan: `0000${10 + n}` });
    await store.sell({ entry, outcome: APPROVED, today: '20260301' });
    await store.reverse(reversing(reversalEntry(100 + n), citationOf(entry)));
  }
  return (await store.quarantined(count)).map(({ id }) => id);
}

export const decisions: Part = async (t, place) => {
  t.test('moves expired PINs out of sale, those of the day itself not', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 5_000, 'TALK10', '20260228')));
    await store.takeIn(chunkOf(intakeRows(0, 3, 'TALK20', '20260228'), { intake: 'batch-2' }));
    await store.takeIn(chunkOf(intakeRows(6_000, 2, 'TALK10', '20260301'), { intake: 'batch-3' }));
    t.equal(await store.expire('20260301'), 5_003);
    t.equal(await store.expire('20260301'), 0);
    t.match(await store.audit(), { byCustody: { expired: 5_003, stock: 2 } });
    t.equal((await store.sell({ entry: saleEntry(1), outcome: APPROVED, today: '20260101' })).kind, 'sold');
    await booksAreRight(t, store);
  });

  t.test('puts PINs back on sale, or voids them, and only out of quarantine', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 3)));
    const [one = 0, two = 0, three = 0] = await quarantinedIds(store, 3);
    t.equal(await store.decide({ ...decision, pinIds: [one, one, 4_711], to: 'stock' }), 1);
    t.equal(await store.decide({ ...decision, pinIds: [one, two], to: 'void' }), 1);
    t.match(await store.audit(), { byCustody: { stock: 1, void: 1, quarantined: 1 } });
    t.match(await store.quarantined(9), [{ id: three }]);
    const sold = await store.sell({ entry: saleEntry(1), outcome: APPROVED, today: '20260301' });
    t.match(sold, { kind: 'sold', pins: [{ id: one }] });
    t.equal(
      (await store.sell({ entry: saleEntry(2), outcome: APPROVED, today: '20260301' })).kind,
      'out-of-stock',
    );
    await booksAreRight(t, store);
  });

  t.test('a PIN sold again belongs to its new sale; the reversed one no longer tells it', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 1)));
    const [pin = 0] = await quarantinedIds(store, 1);
    await store.decide({ ...decision, pinIds: [pin], to: 'stock' });
    const sold = await store.sell({ entry: saleEntry(1), outcome: APPROVED, today: '20260301' });
    t.match(sold, { kind: 'sold', pins: [{ id: pin }] });
    t.match(await store.find({ stan: '000011', limit: 1 }), [{ state: 'reversed', pins: [] }]);
    await booksAreRight(t, store);
  });

  t.test('a PIN back on sale takes its place by expiry before those that wait', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 1, 'TALK10', '20260401')));
    await store.takeIn(chunkOf(intakeRows(10, 5, 'TALK10', '20290101'), { intake: 'batch-2' }));
    const [pin = 0] = await quarantinedIds(store, 1);
    await store.sell({ entry: saleEntry(1), outcome: APPROVED, today: '20260301' });
    await store.decide({ ...decision, pinIds: [pin], to: 'stock' });
    const sold = await store.sell({ entry: saleEntry(2), outcome: APPROVED, today: '20260301' });
    t.match(sold, { kind: 'sold', pins: [{ id: pin }] });
  });
};
