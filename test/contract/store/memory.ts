/** What is remembered of an account: in the commit of its approval, and forgotten in the commit of its undoing. */
import type { JournalEntry, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  closing,
  creditEntry,
  intakeRows,
  NO_QUERY,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../sample.js';

const ANN = { accountMark: 'mark-of-ann' };
const remember = { provider: 'TALKCO', merchant: 'SHOP' };

async function openedAs(store: Store, entry: JournalEntry): Promise<number> {
  const opened = await store.open(opening(entry));
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  return opened.id;
}

export const memory: Part = async (t, place) => {
  t.test('an approval is remembered in its commit, a later one instead of it, over a restart', async (t) => {
    const here = await place(t);
    const store = await here.open();
    t.equal(await store.recall('mark-of-ann'), undefined);
    const first = await openedAs(store, creditEntry(1, { ...ANN, region: 'NORTH', amount: 700 }));
    t.equal(await store.recall('mark-of-ann'), undefined, 'not before it is approved');
    await store.close(closing(first, { remember }));
    t.strictSame(await store.recall('mark-of-ann'), {
      transaction: first,
      ...remember,
      product: 'TOPUP',
      region: 'NORTH',
      amount: 700,
      currency: '840',
      at: 3_000,
    });
    const second = await openedAs(store, creditEntry(2, { ...ANN, product: 'OTHER', amount: 900 }));
    await store.close(closing(second, { remember: { provider: 'OTHERCO', merchant: 'KIOSK' } }));
    t.equal(await store.recall('another'), undefined);
    await booksAreRight(t, store);
    await store.shutdown();
    t.match(await (await here.open()).recall('mark-of-ann'), {
      transaction: second,
      provider: 'OTHERCO',
      merchant: 'KIOSK',
      product: 'OTHER',
      region: '',
      amount: 900,
    });
  });

  t.test('neither a decline nor a superseded close is remembered', async (t) => {
    const store = await (await place(t)).open();
    const declined = await openedAs(store, creditEntry(1, ANN));
    await store.close(closing(declined, { state: 'declined', outcome: REFUSED, remember }));
    const entry = creditEntry(2, ANN);
    const undone = await openedAs(store, entry);
    await store.reverse(reversing(reversalEntry(3), citationOf(entry)));
    t.equal((await store.close(closing(undone, { remember }))).kind, 'superseded');
    t.equal(await store.recall('mark-of-ann'), undefined);
    await booksAreRight(t, store);
  });

  t.test('a reversal forgets what it undoes, and nothing that came after it', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1, ANN);
    await store.close(closing(await openedAs(store, entry), { remember }));
    await store.reverse(reversing(reversalEntry(2), citationOf(entry)));
    t.equal(await store.recall('mark-of-ann'), undefined);
    const older = creditEntry(3, ANN);
    await store.close(closing(await openedAs(store, older), { remember }));
    const newer = await openedAs(store, creditEntry(4, ANN));
    await store.close(closing(newer, { remember }));
    await store.reverse(reversing(reversalEntry(5), citationOf(older)));
    t.match(await store.recall('mark-of-ann'), { transaction: newer });
    await booksAreRight(t, store);
  });

  t.test('a credit that an inquiry finds done is remembered after all', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1, ANN);
    const opened = await store.open(opening(entry, { doubt: 'inquiry' }));
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    await store.reverse(reversing(reversalEntry(2), citationOf(entry)));
    t.equal((await store.close(closing(opened.id, { remember }))).kind, 'stands');
    t.match(await store.recall('mark-of-ann'), { transaction: opened.id, provider: 'TALKCO' });
    await booksAreRight(t, store);
  });

  t.test(
    'a PIN sold in place of a credit is remembered with the account, and forgotten with it',
    async (t) => {
      const store = await (await place(t)).open();
      await store.takeIn(chunkOf(intakeRows(0, 2)));
      const entry = creditEntry(1, { ...ANN, service: 'pin-sale', product: 'TALK10' });
      const sale = { entry, outcome: { ...APPROVED, approvalCode: 'A1' }, today: '20260301', remember };
      const sold = await store.sell(sale);
      if (sold.kind !== 'sold') throw new Error(sold.kind);
      t.match(await store.recall('mark-of-ann'), { transaction: sold.id, product: 'TALK10', amount: 1000 });
      t.equal((await store.sell(sale)).kind, 'repeat');
      const query = { ...NO_QUERY, approvalCode: 'A1', accountMark: 'mark-of-ann' };
      t.equal((await store.reverse(reversing(reversalEntry(2), query))).kind, 'reversed');
      t.equal(await store.recall('mark-of-ann'), undefined);
      await booksAreRight(t, store);
    },
  );

  t.test('a sale without stock remembers nothing', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1, { ...ANN, service: 'pin-sale', product: 'TALK10' });
    t.equal(
      (await store.sell({ entry, outcome: APPROVED, today: '20260301', remember })).kind,
      'out-of-stock',
    );
    t.equal(await store.recall('mark-of-ann'), undefined);
  });
};
