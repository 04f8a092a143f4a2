/** sell and decline: one commit each, one entry per key, each PIN once, soonest expiry first. */
import type { Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import { APPROVED, chunkOf, entryOf, intakeRows, REFUSED, saleEntry } from '../sample.js';

const TODAY = '20260301';

const sale = (n: number, said = {}) => ({
  entry: { ...saleEntry(n), ...said },
  outcome: { ...APPROVED, approvalCode: 'A1', receiptId: 3 },
  today: TODAY,
});

export const sales: Part = async (t, place) => {
  t.test('sells a PIN with what was taken in, and answers a repeat with the same one', async (t) => {
    const store = await (await place(t)).open();
    const [row] = intakeRows(0, 1);
    await store.takeIn(chunkOf(row ? [row] : []));
    const sold = await store.sell(sale(1));
    if (sold.kind !== 'sold') throw new Error(sold.kind);
    t.equal(sold.pins.length, 1);
    const [pin] = sold.pins;
    t.match(pin, { batch: 1, serial: row?.serial, expiry: row?.expiry });
    t.strictSame(Buffer.from(pin?.sealed ?? []), Buffer.from(row?.sealed ?? []));
    const repeat = await store.sell(sale(1));
    if (repeat.kind !== 'repeat') throw new Error(repeat.kind);
    const { transaction } = repeat;
    t.match(transaction, { ...saleEntry(1), id: sold.id, state: 'approved', supplier: '', originalId: 0 });
    t.strictSame(transaction.outcome, { ...APPROVED, approvalCode: 'A1', receiptId: 3 });
    t.strictSame(transaction.pins, sold.pins);
    await booksAreRight(t, store);
  });

  t.test(
    'out of stock it is opened at the supplier named, in the same commit, or else declined',
    async (t) => {
      const store = await (await place(t)).open();
      await store.takeIn(chunkOf(intakeRows(0, 1)));
      const orElse = { supplier: 'acme', reference: 'REF1', deadlineAt: 5_000, doubt: 'reversal' } as const;
      t.equal((await store.sell({ ...sale(1), orElse })).kind, 'sold');
      const opened = await store.sell({ ...sale(2), orElse });
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      t.match(await store.pending(), [{ ...orElse, id: opened.id, state: 'pending', outcome: undefined }]);
      t.match(await store.sell({ ...sale(2), orElse }), { kind: 'repeat', transaction: { id: opened.id } });
      t.strictSame(await store.sell({ ...sale(2, { fingerprint: 'other' }), orElse }), { kind: 'conflict' });
      t.equal((await store.sell(sale(3))).kind, 'out-of-stock');
      await booksAreRight(t, store);
    },
  );

  t.test('takes the same key with other content as a conflict, and changes nothing', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 5)));
    await store.sell(sale(1));
    t.strictSame(await store.sell(sale(1, { fingerprint: 'other' })), { kind: 'conflict' });
    t.equal(await inStock(store), 4);
  });

  t.test('sells the soonest expiry first, oldest first within it, and nothing expired', async (t) => {
    const store = await (await place(t)).open();
    const late = intakeRows(0, 2, 'TALK10', '20290101');
    const gone = intakeRows(10, 2, 'TALK10', '20260228');
    const last = intakeRows(20, 2, 'TALK10', TODAY);
    const other = intakeRows(30, 2, 'TALK20', '20260401');
    for (const rows of [late, gone, last, other]) await store.takeIn(chunkOf(rows));
    const serials: string[] = [];
    for (let n = 1; n <= 4; n += 1) {
      const sold = await store.sell(sale(n));
      if (sold.kind === 'sold') serials.push(...sold.pins.map((pin) => pin.serial));
    }
    t.strictSame(
      serials,
      [...last, ...late].map((row) => row.serial),
    );
    t.equal((await store.sell(sale(5))).kind, 'out-of-stock');
    t.equal((await store.sell({ ...sale(6), today: '20260101' })).kind, 'sold', 'another day, another stock');
    await booksAreRight(t, store);
  });

  t.test('sells what is taken in later but expires sooner', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 3, 'TALK10', '20290101')));
    await store.sell(sale(1));
    const [soon] = intakeRows(10, 1, 'TALK10', '20260401');
    await store.takeIn(chunkOf(soon ? [soon] : [], { intake: 'batch-2' }));
    const sold = await store.sell(sale(2));
    t.match(sold, { kind: 'sold', pins: [{ serial: soon?.serial }] });
  });

  t.test('sells several PINs or none', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 5)));
    const three = await store.sell(sale(1, { quantity: 3 }));
    t.equal(three.kind === 'sold' && new Set(three.pins.map((pin) => pin.id)).size, 3);
    const short = await store.sell(sale(2, { quantity: 3 }));
    t.equal(short.kind, 'out-of-stock');
    t.equal(await inStock(store), 2);
    const again = await store.sell(sale(2, { quantity: 3 }));
    t.match(again, {
      kind: 'repeat',
      transaction: { state: 'declined', outcome: { reason: 'out-of-stock' }, pins: [] },
    });
    t.equal((await store.sell(sale(3, { quantity: 2 }))).kind, 'sold');
    await booksAreRight(t, store);
  });

  t.test('gives 500 callers at once a PIN each, and those beyond the stock none', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 450)));
    const results = await Promise.all(Array.from({ length: 500 }, (_, n) => store.sell(sale(n))));
    const ids = results.flatMap((result) => (result.kind === 'sold' ? result.pins.map((pin) => pin.id) : []));
    t.equal(ids.length, 450);
    t.equal(new Set(ids).size, 450);
    t.equal(results.filter(({ kind }) => kind === 'out-of-stock').length, 50);
    await booksAreRight(t, store);
  });

  t.test('lets repeats called at once see each other: one sale, the same PIN for all', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 10)));
    const other = sale(1, { fingerprint: 'other' });
    const results = await Promise.all([sale(1), sale(1), other, sale(1)].map((each) => store.sell(each)));
    t.strictSame(
      results.map(({ kind }) => kind),
      ['sold', 'repeat', 'conflict', 'repeat'],
    );
    const pins = results.flatMap((result) =>
      result.kind === 'sold' ? result.pins : result.kind === 'repeat' ? result.transaction.pins : [],
    );
    t.equal(new Set(pins.map((pin) => pin.id)).size, 1);
    t.equal(await inStock(store), 9);
  });

  t.test('never sells one PIN twice through two stores on the same data', async (t) => {
    const here = await place(t);
    const [one, two] = [await here.open(), await here.open()];
    await one.takeIn(chunkOf(intakeRows(0, 300)));
    const results = await Promise.all(
      Array.from({ length: 320 }, (_, n) => (n % 2 === 0 ? one : two).sell(sale(n))),
    );
    const ids = results.flatMap((result) => (result.kind === 'sold' ? result.pins.map((pin) => pin.id) : []));
    t.equal(ids.length, 300);
    t.equal(new Set(ids).size, 300);
    await booksAreRight(t, one);
  });

  t.test('records a decline, and repeats it', async (t) => {
    const store = await (await place(t)).open();
    const opened = await store.decline(entryOf({}), REFUSED);
    t.equal(opened.kind, 'opened');
    t.match(await store.decline(entryOf({}), REFUSED), {
      kind: 'repeat',
      transaction: { state: 'declined', outcome: REFUSED },
    });
    t.strictSame(await store.decline(entryOf({ fingerprint: 'other' }), REFUSED), { kind: 'conflict' });
  });

  t.test('keeps everything over a shutdown', async (t) => {
    const here = await place(t);
    const before = await here.open();
    await before.takeIn(chunkOf(intakeRows(0, 3)));
    const sold = await before.sell(sale(1));
    await before.shutdown();
    const after = await here.open();
    const repeat = await after.sell(sale(1));
    t.strictSame(repeat.kind === 'repeat' && repeat.transaction.pins, sold.kind === 'sold' && sold.pins);
    t.equal((await after.sell(sale(2))).kind, 'sold');
    t.equal(await inStock(after), 1);
    await booksAreRight(t, after);
  });

  t.test('resolves what was called before a shutdown, and refuses what is called after', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 50)));
    const called = Array.from({ length: 50 }, (_, n) => store.sell(sale(n)));
    await store.shutdown();
    t.ok((await Promise.all(called)).every(({ kind }) => kind === 'sold'));
    await t.rejects(store.sell(sale(60)));
  });
};

async function inStock(store: Store): Promise<number> {
  const levels = await store.levels();
  return levels.find(({ product, custody }) => product === 'TALK10' && custody === 'stock')?.count ?? 0;
}
