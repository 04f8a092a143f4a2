/** mayWait: what is short is told, all of it, and nothing is recorded; the key is fresh, a tombstone still counts. */
import type { Test } from 'tap';
import type { Effects, JournalEntry, Sale, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  ATTEMPT,
  batchOf,
  chunkOf,
  citationOf,
  creditEntry,
  creditItem,
  entryOf,
  intakeRows,
  opening,
  refusedItem,
  reversalEntry,
  reversing,
  stockItem,
} from '../sample.js';
import { cardRow, cardsOf, moveOf } from './cards.js';
import { joined } from './member.js';

const TODAY = '20260301';
const MONEY = { of: 'money', account: 'merchant:M1', currency: '840' } as const;
const STOCK = { of: 'stock', product: 'TALK10' } as const;
const PRICE: Effects = {
  postings: [
    { account: 'merchant:M1', currency: '840', amount: -950, floor: 0 },
    { account: 'supplier:', currency: '840', amount: 950, floor: null },
  ],
  usage: [],
};

function sale(stan: number, said: Partial<Sale> = {}, entry: Partial<JournalEntry> = {}): Sale {
  const own = entryOf({ stan: String(stan).padStart(6, '0'), ...entry });
  return { entry: own, outcome: APPROVED, today: TODAY, mayWait: true, ...said };
}

export const waiting: Part = async (t, place) => {
  const opened = async (t: Test): Promise<Store> => (await place(t)).open();

  t.test('a sale that is short of PINs tells how many, and sells when they have come', async (t) => {
    const store = await opened(t);
    await store.takeIn(chunkOf(intakeRows(0, 2)));
    const three = sale(1, {}, { quantity: 3 });
    t.strictSame(await store.sell(three), { kind: 'short', lacks: [{ ...STOCK, count: 1 }] });
    await nothingStands(t, store, three.entry);
    t.equal((await store.sell(sale(2))).kind, 'sold', 'what is there is for sale');
    t.strictSame(await store.sell(three), { kind: 'short', lacks: [{ ...STOCK, count: 2 }] });
    await store.takeIn(chunkOf(intakeRows(10, 2)));
    const sold = await store.sell(three);
    t.match(sold, { kind: 'sold', pins: { length: 3 } });
    t.match(await store.sell(three), { kind: 'repeat', transaction: { state: 'approved' } });
    await booksAreRight(t, store);
  });

  t.test('what has expired, or is of another product, is not there', async (t) => {
    const store = await opened(t);
    await store.takeIn(chunkOf(intakeRows(0, 2, 'TALK10', '20260228')));
    await store.takeIn(chunkOf(intakeRows(5, 2, 'TALK20')));
    t.strictSame(await store.sell(sale(1)), { kind: 'short', lacks: [{ ...STOCK, count: 1 }] });
    await booksAreRight(t, store);
  });

  t.test('a supplier behind the stock is opened only by a sale that may not wait', async (t) => {
    const store = await opened(t);
    const waits = sale(1, { orElse: ATTEMPT });
    t.equal((await store.sell(waits)).kind, 'short');
    t.strictSame(await store.pending(), []);
    t.equal((await store.sell({ ...waits, mayWait: false })).kind, 'opened');
    t.match(await store.sell(waits), { kind: 'repeat', transaction: { state: 'pending' } });
    await booksAreRight(t, store);
  });

  t.test('a sale that is short of money and of PINs tells both, and takes neither', async (t) => {
    const store = await opened(t);
    await pay(store, 500);
    const waits = sale(1, { effects: PRICE });
    const lacks = [
      { ...STOCK, count: 1 },
      { ...MONEY, amount: 450 },
    ];
    t.strictSame(await store.sell(waits), { kind: 'short', lacks });
    await store.takeIn(chunkOf(intakeRows(0, 1)));
    t.strictSame(await store.sell(waits), { kind: 'short', lacks: lacks.slice(1) });
    t.equal(await moneyOf(store), 500);
    await nothingStands(t, store, waits.entry);
    await pay(store, 450);
    t.equal((await store.sell(waits)).kind, 'sold');
    t.equal(await moneyOf(store), 0);
    await booksAreRight(t, store);
  });

  t.test('a limit refuses and is recorded, whether it may wait or not', async (t) => {
    const store = await opened(t);
    const usage = [
      { subject: 'terminal:T1', window: 'day', period: TODAY, countMax: 0, amountMax: null, amount: 0 },
    ];
    const refused = sale(1, { effects: { postings: PRICE.postings, usage } });
    t.match(await store.sell(refused), { kind: 'refused', reason: 'frequency-limit' });
    t.match(await store.sell(refused), { kind: 'repeat', transaction: { state: 'declined' } });
    await booksAreRight(t, store);
  });

  t.test('credits that are short of money tell it: at a supplier, and in our own ledger', async (t) => {
    const store = await opened(t);
    const at = opening(creditEntry(1), { effects: PRICE, mayWait: true });
    t.strictSame(await store.open(at), { kind: 'short', lacks: [{ ...MONEY, amount: 950 }] });
    const postings = [
      { account: 'merchant:M1', currency: '840', amount: -1_000, floor: 0 },
      { account: 'account:P mark', currency: '840', amount: 1_000, floor: null },
    ];
    const here = {
      entry: creditEntry(2),
      outcome: APPROVED,
      effects: { postings, usage: [] },
      account: 'account:P mark',
      mayWait: true,
    };
    t.strictSame(await store.credit(here), { kind: 'short', lacks: [{ ...MONEY, amount: 1_000 }] });
    await nothingStands(t, store, at.entry);
    await nothingStands(t, store, here.entry);
    await pay(store, 1_950);
    t.equal((await store.open(at)).kind, 'opened');
    t.equal((await store.credit(here)).kind, 'credited');
    t.match(await store.credit({ ...here, entry: { ...here.entry, fingerprint: 'x' } }), {
      kind: 'conflict',
    });
    await booksAreRight(t, store);
  });

  t.test(
    'a batch tells everything that its items lack together, and enters whole when it has come',
    async (t) => {
      const store = await opened(t);
      await store.takeIn(chunkOf(intakeRows(0, 1)));
      await pay(store, 1_000);
      const priced = { effects: PRICE };
      const batch = {
        ...batchOf(1, [
          { ...stockItem(1, 1), ...priced },
          { ...stockItem(1, 2, { quantity: 2 }), ...priced },
          stockItem(1, 3, { product: 'TALK20' }),
          refusedItem(1, 4),
          { ...creditItem(1, 5, 'REF5'), ...priced },
        ]),
        mayWait: true,
      };
      t.strictSame(await store.sellBatch(batch), {
        kind: 'short',
        lacks: [
          { ...STOCK, count: 2 },
          { of: 'stock', product: 'TALK20', count: 1 },
          { ...MONEY, amount: 1_850 },
        ],
      });
      for (const { entry } of [batch, ...batch.items]) await nothingStands(t, store, entry);
      await store.takeIn(chunkOf(intakeRows(10, 2)));
      await store.takeIn(chunkOf(intakeRows(20, 1, 'TALK20')));
      await pay(store, 1_850);
      const entered = await store.sellBatch(batch);
      if (entered.kind !== 'entered') throw new Error(entered.kind);
      t.strictSame(
        entered.items.map(({ kind }) => kind),
        ['sold', 'sold', 'sold', 'declined', 'opened'],
      );
      t.equal((await store.sellBatch(batch)).kind, 'repeat');
      await booksAreRight(t, store);
    },
  );

  t.test(
    'a batch that may wait and lacks nothing enters at once; one that may not, as far as it goes',
    async (t) => {
      const store = await opened(t);
      await store.takeIn(chunkOf(intakeRows(0, 1)));
      t.equal((await store.sellBatch({ ...batchOf(1, [stockItem(1, 1)]), mayWait: true })).kind, 'entered');
      const short = batchOf(2, [stockItem(2, 1), refusedItem(2, 2)]);
      t.equal((await store.sellBatch({ ...short, mayWait: true })).kind, 'short');
      t.match(await store.sellBatch(short), { kind: 'entered', items: [{ kind: 'out-of-stock' }, {}] });
      await booksAreRight(t, store);
    },
  );

  t.test('a card that gets a PIN tells that it lacks one, and is not moved', async (t) => {
    const store = await opened(t);
    await store.takeInCards(cardsOf(cardRow(1)));
    await store.moveCard(moveOf(1, 'preauthorise'));
    const activation = { ...moveOf(2, 'activate'), pinProduct: 'TALK10', effects: PRICE, mayWait: true };
    t.strictSame(await store.moveCard(activation), {
      kind: 'short',
      lacks: [
        { ...STOCK, count: 1 },
        { ...MONEY, amount: 950 },
      ],
    });
    await nothingStands(t, store, activation.entry);
    t.match(await store.card('card-1'), { state: 'preauthorised' });
    await store.takeIn(chunkOf(intakeRows(0, 1)));
    await pay(store, 950);
    t.match(await store.moveCard(activation), { kind: 'moved', pins: { length: 1 } });
    t.equal((await store.moveCard(activation)).kind, 'repeat');
    await booksAreRight(t, store);
  });

  t.test('a switch that was told to stop lacks all that it has, and more is no help', async (t) => {
    const store = await joined(await opened(t), 5);
    t.equal((await store.sell(sale(1))).kind, 'sold');
    await store.stopSelling('forked');
    t.strictSame(await store.sell(sale(2)), { kind: 'short', lacks: [{ ...STOCK, count: 1 }] });
    t.equal((await store.sell(sale(2, { mayWait: false }))).kind, 'out-of-stock');
    await booksAreRight(t, store);
  });

  t.test(
    'a switch that was told to stop spends no merchant’s money, which a later copy may have',
    async (t) => {
      const store = await joined(await opened(t));
      await pay(store, 5_000);
      const own = (stan: number) => entryOf({ stan: String(stan).padStart(6, '0') });
      const topUp = (stan: number, mayWait = true) => opening(own(stan), { effects: PRICE, mayWait });
      t.equal((await store.open(topUp(1))).kind, 'opened');
      await store.stopSelling('stale');
      t.match(await store.open(topUp(2)), { kind: 'refused', reason: 'credit-short' });
      const batch = batchOf(3, [stockItem(3, 1)]);
      t.match(
        await store.sellBatch({ ...batch, items: batch.items.map((item) => ({ ...item, effects: PRICE })) }),
        {
          items: [{ kind: 'refused' }],
        },
      );
      t.equal((await store.open(opening(own(4)))).kind, 'opened', 'one that costs no merchant goes on');
      await booksAreRight(t, store);
    },
  );

  t.test('a reversal that came while it waited declines it, though stock and money have come', async (t) => {
    const store = await opened(t);
    const waits = sale(1, { effects: PRICE });
    t.equal((await store.sell(waits)).kind, 'short');
    const batch = { ...batchOf(2, [stockItem(2, 1)]), mayWait: true };
    t.equal((await store.sellBatch(batch)).kind, 'short');
    for (const [n, { entry }] of [waits, batch].entries()) {
      const own = reversalEntry(90 + n);
      const undone = await store.reverse(reversing(own, citationOf(entry), { now: own.receivedAt }));
      t.equal(undone.kind, 'unknown');
    }
    t.equal((await store.sellBatch(batch)).kind, 'tombstone', 'also while it is still short');
    await store.takeIn(chunkOf(intakeRows(0, 2)));
    await pay(store, 2_000);
    t.equal((await store.sell(waits)).kind, 'tombstone');
    t.match(await store.sell(waits), { kind: 'repeat', transaction: { state: 'declined', pins: [] } });
    t.match(await store.levels(), [{ product: 'TALK10', custody: 'stock', count: 2 }], 'ordinary stock');
    await booksAreRight(t, store);
  });
};

async function nothingStands(t: Test, store: Store, { key }: JournalEntry): Promise<void> {
  t.strictSame(await store.find({ key, limit: 1 }), [], 'nothing is recorded');
}

async function moneyOf(store: Store): Promise<number | undefined> {
  return (await store.balances('merchant:M1'))[0]?.balance;
}

async function pay(store: Store, amount: number): Promise<void> {
  const line = { currency: '840', floor: null };
  const postings = [
    { ...line, account: 'merchant:M1', amount },
    { ...line, account: 'cash:M1', amount: -amount },
  ];
  await store.post({ postings, by: 'contract', why: 'test', reference: '', at: 1 });
}
