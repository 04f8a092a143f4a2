/** takeIn: once each, resumable, reported; and what it shows in levels. */
import { booksAreRight, type Part } from '../place.js';
import { APPROVED, chunkOf, intakeRows, saleEntry } from '../sample.js';

export const intake: Part = async (t, place) => {
  t.test('refuses what is known by its mark, and tells the lines', async (t) => {
    const store = await (await place(t)).open();
    t.strictSame(await store.takeIn(chunkOf(intakeRows(0, 10))), { taken: 10, known: [] });
    const mixed = await store.takeIn(chunkOf(intakeRows(5, 10), { intake: 'batch-2' }));
    t.strictSame(mixed, { taken: 5, known: [7, 8, 9, 10, 11] });
    const rows = intakeRows(20, 2);
    t.strictSame(await store.takeIn(chunkOf([...rows, ...rows])), { taken: 2, known: [22, 23] });
    t.match(await store.levels(), [{ product: 'TALK10', custody: 'stock', count: 17 }]);
    await booksAreRight(t, store);
  });

  t.test('refuses what was sold before', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 1)));
    await store.sell({ entry: saleEntry(1), outcome: APPROVED, today: '20260301' });
    t.strictSame(await store.takeIn(chunkOf(intakeRows(0, 1))), { taken: 0, known: [2] });
    t.equal(
      (await store.sell({ entry: saleEntry(2), outcome: APPROVED, today: '20260301' })).kind,
      'out-of-stock',
    );
    await booksAreRight(t, store);
  });

  t.test('keeps its progress with what it took, over a restart', async (t) => {
    const here = await place(t);
    const store = await here.open();
    t.equal(await store.intakeState('batch-1'), undefined);
    await store.takeIn(chunkOf(intakeRows(0, 10), { progress: 12, malformed: 2 }));
    t.strictSame(await store.intakeState('batch-1'), { progress: 12, taken: 10, refused: 2 });
    await store.shutdown();
    const after = await here.open();
    await after.takeIn(chunkOf(intakeRows(8, 10), { progress: 22, batch: 2 }));
    t.strictSame(await after.intakeState('batch-1'), { progress: 22, taken: 18, refused: 4 });
    await after.takeIn(chunkOf([], { progress: 30 }));
    t.strictSame(await after.intakeState('batch-1'), { progress: 30, taken: 18, refused: 4 });
    await booksAreRight(t, after);
  });

  t.test('goes on beside sales, from this store and another', async (t) => {
    const here = await place(t);
    const [one, other] = [await here.open(), await here.open()];
    await one.takeIn(chunkOf(intakeRows(0, 500)));
    const selling = Array.from({ length: 400 }, (_, n) =>
      one.sell({ entry: saleEntry(n), outcome: APPROVED, today: '20260301' }),
    );
    const taking = Array.from({ length: 6 }, (_, n) =>
      (n % 2 === 0 ? one : other).takeIn(
        chunkOf(intakeRows(1_000 * (n + 1), 1_000), { intake: `batch-${n}` }),
      ),
    );
    const sold = await Promise.all(selling);
    const taken = await Promise.all(taking);
    t.ok(sold.every(({ kind }) => kind === 'sold'));
    t.equal(
      taken.reduce((sum, result) => sum + result.taken, 0),
      6_000,
    );
    t.match(await other.audit(), { takenIn: 6_500, byCustody: { stock: 6_100, sold: 400 } });
    await booksAreRight(t, one);
  });
};
