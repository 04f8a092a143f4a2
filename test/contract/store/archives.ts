/** Retention: what is final and old leaves, exactly once; what is cited as live stays; the books are right at each step. */
import type { Test } from 'tap';
import type { Archivable, Effects, Store } from '../../../src/store/store.js';
import { booksAreRight, type NewPlace, type Part } from '../place.js';
import {
  APPROVED,
  batchOf,
  chunkOf,
  citationOf,
  closing,
  creditEntry,
  creditItem,
  entryOf,
  intakeRows,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
  saleEntry,
  stockItem,
} from '../sample.js';
import { cardRow, cardsOf, moveOf } from './cards.js';
import { idOf } from './closing.js';

const LATER = Date.parse('2100-01-01T00:00:00Z');
const CHARGE: Effects = {
  postings: [
    { account: 'merchant:M1', currency: '840', amount: -950, floor: null },
    { account: 'supplier:', currency: '840', amount: 950, floor: null },
  ],
  usage: [],
};

export const archives: Part = async (t, place) => {
  t.test('sales, declines, reversals and batches leave, and the books say what they came to', async (t) => {
    const store = await stocked(t, place);
    await sell(store, 1);
    await sell(store, 2);
    await store.decline(entryOf({ stan: '000777' }), REFUSED);
    await store.sellBatch(batchOf(700, [stockItem(700, 1), stockItem(700, 2)]));
    await store.reverse(reversing(reversalEntry(8, { stan: '000800' }), citationOf(saleEntry(2))));
    await sell(store, 5);
    const [levels, balances] = [await store.levels(), await store.balances('')];
    const found = await leaving(store);
    t.equal(
      found.flatMap(({ lines }) => lines).length,
      6,
      'a sale, a decline, a batch of two, a reversal; neither a sale whose PIN is quarantined, nor the last one',
    );
    const [line] = found[0]?.lines ?? [];
    t.match(JSON.parse(line ?? ''), {
      key: saleEntry(1).key,
      state: 'approved',
      pins: [{ custody: 'sold', serial: 'TALK10000000000', sealed: /^[\w+/]{50,}=*$/ }],
    });
    t.equal(await takeOut(store, found.slice(0, 2)), 2);
    await booksAreRight(t, store);
    t.equal(await takeOut(store, found), 4, 'those that left before do not leave again');
    await booksAreRight(t, store);
    t.strictSame(await store.find({ limit: 9, id: found[0]?.id ?? 0 }), []);
    t.strictSame(await leaving(store), []);
    t.strictSame(await store.levels(), levels);
    t.strictSame(await store.balances(''), balances);
    t.match(await store.archives(), [{ name: 'a', day: '20260301', rows: 7, removed: 6, isDone: false }]);
    const again = await store.takeIn(chunkOf(intakeRows(0, 3), { intake: 'again', batch: 2 }));
    t.match(again, { taken: 0 }, 'a PIN that was sold is known for ever');
    await sell(store, 3);
    await booksAreRight(t, store);
  });

  t.test('what is pending, doubtful, quarantined, remembered, or moved a card last stays', async (t) => {
    const store = await stocked(t, place);
    const remember = { provider: 'TALKCO', merchant: 'SHOP' };
    const first = creditEntry(1, { accountMark: 'ann' });
    const last = creditEntry(2, { accountMark: 'ann' });
    for (const entry of [first, last])
      await store.close(closing(idOf(await store.open(opening(entry))), { remember }));
    const pending = idOf(await store.open(opening(creditEntry(3))));
    await store.sellBatch(batchOf(700, [stockItem(700, 1), creditItem(700, 2, 'REF9')]));
    await store.takeInCards(cardsOf(cardRow(1)));
    t.match(await store.moveCard(moveOf(600, 'preauthorise')), { kind: 'moved' });
    t.strictSame(
      (await leaving(store)).map(({ lines }) => (JSON.parse(lines[0] ?? '') as { key: string }).key),
      [first.key],
    );
    t.equal(await takeOut(store, await leaving(store)), 1);
    await store.close(closing(pending));
    await sell(store, 9);
    t.match(await leaving(store), [{ id: pending }], 'once it is final, and counted in its day');
    await booksAreRight(t, store);
  });

  t.test('what is not counted in its day yet stays; so does what is younger', async (t) => {
    const store = await stocked(t, place);
    for (const n of [1, 2]) await sell(store, n);
    const before = saleEntry(1).receivedAt;
    t.strictSame(await leaving(store, { before: LATER, counted: false }), []);
    t.strictSame(await leaving(store, { before, counted: true }), []);
    t.equal((await leaving(store)).length, 1);
  });

  t.test('whatever leaves in whatever order, each number has left once', async (t) => {
    const store = await stocked(t, place);
    for (let n = 1; n <= 13; n += 1) await sell(store, n);
    const found = await leaving(store);
    const at = (...places: number[]): Archivable[] => places.map((place) => found[place] as Archivable);
    for (const some of [at(0, 2, 4), at(3), at(8, 9), at(1, 5), at(11), at(6, 7, 10)]) {
      t.equal(await takeOut(store, some), some.length);
      await booksAreRight(t, store);
    }
    t.equal(await store.sweepArchived(0, LATER), 0);
    await booksAreRight(t, store);
  });

  t.test('settlings go once nothing needs them', async (t) => {
    const store = await stocked(t, place);
    const stays = idOf(await store.open(opening(creditEntry(1, { accountMark: 'ann' }))));
    await store.close(closing(stays, { remember: { provider: 'TALKCO', merchant: 'SHOP' } }));
    for (const stan of [2, 3, 4])
      await store.close(closing(idOf(await store.open(opening(creditEntry(stan))))));
    await takeOut(store, await leaving(store));
    const end = await store.sweepArchived(0, LATER);
    t.ok(end > 0);
    t.equal(await store.sweepArchived(end, LATER), 0);
    t.match(await store.cutover('20260301', 'ann'), { kind: 'closed' });
    const span = { after: 0, last: 99 };
    const { settled } = await store.settledLater(span, 10);
    t.equal(settled.length, 2, 'that of the credit that stays, and that of the last one');
    await booksAreRight(t, store);
  });
};

async function stocked(t: Test, place: NewPlace): Promise<Store> {
  const store = await (await place(t)).open();
  await store.takeIn(chunkOf(intakeRows(0, 20)));
  return store;
}

async function sell(store: Store, n: number): Promise<void> {
  const sale = { entry: saleEntry(n), outcome: APPROVED, today: '20260301', effects: CHARGE };
  const { kind } = await store.sell(sale);
  if (kind !== 'sold') throw new Error(kind);
}

async function leaving(
  store: Store,
  { before = LATER, counted = true } = {},
): Promise<readonly Archivable[]> {
  if (counted) await store.tallyUp();
  return (await store.archivable({ before, after: 0, last: 1_000, limit: 100 })).found;
}

/** All into one archive. */
async function takeOut(store: Store, found: readonly Archivable[]): Promise<number> {
  await store.beginArchive({ name: 'a', day: '20260301', sha256: '00', rows: 7 });
  const ids = found.map(({ id }) => id);
  return store.removeArchived('a', ids, LATER);
}
