/**
 * sellBatch: one commit for the batch and all its items, each item a transaction of its own. The batch's row follows
 * its items; a reversal undoes all of them or those that it names, once.
 */
import type { Test } from 'tap';
import type { Batch, BatchItem, BatchResult, ItemResult, Posting, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  batchOf,
  chunkOf,
  citationOf,
  closing,
  creditItem,
  intakeRows,
  issuedPin,
  REFUSED,
  refusedItem,
  reversalEntry,
  reversing,
  saleEntry,
  stockItem,
} from '../sample.js';
import { cardRow, cardsOf, moveOf } from './cards.js';

type Entered = Extract<BatchResult, { kind: 'entered' }>;

async function enter(store: Store, batch: Batch): Promise<Entered> {
  const result = await store.sellBatch(batch);
  if (result.kind !== 'entered') throw new Error(result.kind);
  return result;
}

const kinds = (items: readonly ItemResult[]): string[] => items.map(({ kind }) => kind);

/** State and reason of the batch, and the state of each item. */
async function standing(store: Store, id: number): Promise<unknown> {
  const stored = await store.batch(id);
  return {
    batch: [stored?.batch.state, stored?.batch.outcome?.reason],
    items: stored?.items.map(({ state }) => state),
  };
}

let reversals = 0;

/** Reverses a batch, all of it or some items. */
async function undo(
  store: Store,
  { entry }: Batch,
  numbers?: readonly number[],
  amount: number | null = null,
) {
  reversals += 1;
  const query = citationOf(entry, numbers ? { amount: null } : {});
  const own = reversalEntry(900_000 + reversals);
  const items = numbers && { numbers, amount };
  return store.reverse(reversing(own, query, { items, now: own.receivedAt }));
}

async function stocked(t: Test, place: Parameters<Part>[1], pins: number): Promise<Store> {
  const store = await (await place(t)).open();
  await store.takeIn(chunkOf(intakeRows(0, pins)));
  return store;
}

/** Mixed: from stock, at a supplier, refused. */
const mixed = (stan: number): Batch =>
  batchOf(stan, [stockItem(stan, 1), creditItem(stan, 2, `R${stan}`), refusedItem(stan, 3)]);

export const batches: Part = async (t, place) => {
  t.test('sells every item from stock in one commit, and answers a repeat with what stands', async (t) => {
    const store = await stocked(t, place, 5);
    const batch = batchOf(1, [stockItem(1, 1), stockItem(1, 2, { quantity: 2 }), stockItem(1, 3)]);
    const entered = await enter(store, batch);
    t.strictSame(kinds(entered.items), ['sold', 'sold', 'sold']);
    const stored = await store.batch(entered.id);
    t.match(stored?.batch, {
      id: entered.id,
      state: 'approved',
      outcome: { reason: 'approved', approvalCode: 'B1' },
    });
    t.strictSame(
      stored?.items.map(({ id, batchId, item, pins }) => [id, batchId, item, pins]),
      entered.items.map((item, at) => [item.id, entered.id, at + 1, item.kind === 'sold' ? item.pins : []]),
    );
    const repeat = await store.sellBatch(batch);
    t.match(repeat, { kind: 'repeat', transaction: { id: entered.id } });
    const changed = { ...batch, entry: { ...batch.entry, fingerprint: 'other' } };
    t.strictSame(await store.sellBatch(changed), { kind: 'conflict' });
    t.match(await store.levels(), [
      { custody: 'sold', count: 4 },
      { custody: 'stock', count: 1 },
    ]);
    await booksAreRight(t, store);
  });

  t.test('what one item is refused for leaves the others as they are', async (t) => {
    const store = await stocked(t, place, 2);
    const items = [stockItem(1, 1), refusedItem(1, 2), stockItem(1, 3, { quantity: 2 }), stockItem(1, 4)];
    const entered = await enter(store, batchOf(1, items));
    t.strictSame(kinds(entered.items), ['sold', 'declined', 'out-of-stock', 'sold']);
    t.strictSame(await standing(store, entered.id), {
      batch: ['approved', 'partial'],
      items: ['approved', 'declined', 'declined', 'approved'],
    });
    await booksAreRight(t, store);
  });

  t.test('with no item approved it is declined for what its first item was declined', async (t) => {
    const store = await stocked(t, place, 1);
    const batch = batchOf(1, [stockItem(1, 1, { quantity: 2 }), refusedItem(1, 2)]);
    const { id } = await enter(store, batch);
    t.strictSame(await standing(store, id), {
      batch: ['declined', 'out-of-stock'],
      items: ['declined', 'declined'],
    });
    await booksAreRight(t, store);
  });

  t.test('stays pending until its last item is closed; its row alone is never doubtful', async (t) => {
    const store = await stocked(t, place, 1);
    const batch = batchOf(1, [creditItem(1, 1, 'R1'), stockItem(1, 2), creditItem(1, 3, 'R3')]);
    const { id, items } = await enter(store, batch);
    t.strictSame(kinds(items), ['opened', 'sold', 'opened']);
    t.strictSame(await standing(store, id), {
      batch: ['pending', undefined],
      items: ['pending', 'approved', 'pending'],
    });
    t.strictSame(
      (await store.pending()).map((one) => one.id),
      [items[0]?.id, items[2]?.id],
    );
    await booksAreRight(t, store);
    await store.close(closing(items[0]?.id ?? 0));
    t.match(await standing(store, id), { batch: ['pending', undefined] });
    await store.close(
      closing(items[2]?.id ?? 0, {
        reference: 'R3',
        state: 'declined',
        outcome: { ...APPROVED, reason: 'late' },
      }),
    );
    t.match(await standing(store, id), { batch: ['pending', undefined] }, 'the first one was superseded');
    await store.close(closing(items[0]?.id ?? 0, { reference: 'R1' }));
    t.strictSame(await standing(store, id), {
      batch: ['approved', 'partial'],
      items: ['approved', 'approved', 'declined'],
    });
    await booksAreRight(t, store);
  });

  t.test('an item that stock is short for is opened at its supplier, which issues its PIN', async (t) => {
    const store = await stocked(t, place, 1);
    const orElse = { supplier: 'acme', reference: 'R2', deadlineAt: 5_000, doubt: 'reversal' } as const;
    const second = { ...stockItem(1, 2), way: 'stock', outcome: APPROVED, orElse } as const;
    const { id, items } = await enter(store, batchOf(1, [stockItem(1, 1), second]));
    t.strictSame(kinds(items), ['sold', 'opened']);
    await store.close(closing(items[1]?.id ?? 0, { reference: 'R2', issued: [issuedPin(1)] }));
    t.match(await standing(store, id), { batch: ['approved', 'approved'] });
    await booksAreRight(t, store);
  });

  t.test('one reversal undoes all that was approved, once', async (t) => {
    const store = await stocked(t, place, 3);
    const batch = mixed(1);
    const { id, items } = await enter(store, batch);
    await store.close(closing(items[1]?.id ?? 0, { reference: 'R1' }));
    t.match(await undo(store, batch), { kind: 'reversed', original: { id, state: 'reversed' } });
    t.strictSame(await standing(store, id), {
      batch: ['reversed', 'partial'],
      items: ['reversed', 'reversing', 'declined'],
    });
    t.match(await store.forwardings(9), [{ id: items[1]?.id, kind: 'reversal' }]);
    t.match(await undo(store, batch), { kind: 'nothing-to-undo' });
    t.equal((await store.quarantined(9)).length, 1);
    await store.settleForwarding(items[1]?.id ?? 0);
    t.match(await standing(store, id), { items: ['reversed', 'reversed', 'declined'] });
    await booksAreRight(t, store);
  });

  t.test(
    'reversals that name items undo those alone, the next one others, and the last one the rest',
    async (t) => {
      const store = await stocked(t, place, 4);
      const batch = batchOf(
        1,
        [1, 2, 3, 4].map((number) => stockItem(1, number)),
      );
      const { id } = await enter(store, batch);
      t.match(await undo(store, batch, [2], 1_000), { kind: 'reversed' });
      t.strictSame(await standing(store, id), {
        batch: ['approved', 'approved'],
        items: ['approved', 'reversed', 'approved', 'approved'],
      });
      t.match(
        await undo(store, batch, [2, 4], 4_000),
        { kind: 'reversed' },
        'or the amount of the whole batch',
      );
      t.match(await undo(store, batch, [2]), { kind: 'nothing-to-undo' });
      t.match(await standing(store, id), { items: ['approved', 'reversed', 'approved', 'reversed'] });
      t.match(await undo(store, batch), { kind: 'reversed' });
      t.match(await standing(store, id), { batch: ['reversed', 'approved'] });
      t.equal((await store.quarantined(9)).length, 4);
      await booksAreRight(t, store);
    },
  );

  t.test('a reversal that names an unknown item, or another amount, undoes nothing', async (t) => {
    const store = await stocked(t, place, 2);
    const batch = batchOf(1, [stockItem(1, 1), stockItem(1, 2)]);
    const { id } = await enter(store, batch);
    t.match(await undo(store, batch, [1, 9]), { kind: 'refused', reason: 'original-not-found' });
    t.match(await undo(store, batch, [1], 999), { kind: 'refused', reason: 'invalid-amount' });
    t.match(await standing(store, id), { items: ['approved', 'approved'] });
    await booksAreRight(t, store);
  });

  t.test('a sale that is no batch has no items to name', async (t) => {
    const store = await stocked(t, place, 1);
    const sale = { entry: saleEntry(1), outcome: APPROVED, today: '20260301' };
    t.equal((await store.sell(sale)).kind, 'sold');
    const items = { numbers: [1], amount: null };
    const query = citationOf(sale.entry, { amount: null });
    const result = await store.reverse(
      reversing(reversalEntry(777, { terminal: sale.entry.terminal }), query, { items }),
    );
    t.match(result, { kind: 'refused', reason: 'original-not-found' });
    t.match(await store.levels(), [{ custody: 'sold', count: 1 }]);
  });

  t.test('a reversal before the last item has ended marks the batch, and undoes what was done', async (t) => {
    const store = await stocked(t, place, 1);
    const batch = mixed(1);
    const { id, items } = await enter(store, batch);
    t.match(await undo(store, batch, [1]), { kind: 'reversed' }, 'of the PIN alone');
    t.strictSame(await standing(store, id), {
      batch: ['pending', 'reversed'],
      items: ['reversed', 'pending', 'declined'],
    });
    t.match(await store.close(closing(items[1]?.id ?? 0, { reference: 'R1' })), { kind: 'closed' });
    t.match(await standing(store, id), { batch: ['approved', 'reversed'] });
    t.match(await undo(store, batch), { kind: 'reversed' });
    t.match(await standing(store, id), { batch: ['reversed', 'reversed'] });
    await booksAreRight(t, store);
  });

  t.test('an item at a supplier that cannot undo stands, the others are undone', async (t) => {
    const store = await stocked(t, place, 1);
    const batch = batchOf(1, [stockItem(1, 1), creditItem(1, 2, 'R2', { doubt: 'inquiry' })]);
    const { id, items } = await enter(store, batch);
    await store.close(closing(items[1]?.id ?? 0, { reference: 'R2' }));
    t.match(await undo(store, batch), { kind: 'partly-reversed' });
    t.match(await standing(store, id), { batch: ['approved', 'approved'], items: ['reversed', 'approved'] });
    t.match(await undo(store, batch, [2]), { kind: 'stands' });
    await booksAreRight(t, store);
  });

  t.test('a batch that comes after its reversal is declined whole, whichever items that named', async (t) => {
    const store = await stocked(t, place, 2);
    const batch = batchOf(1, [stockItem(1, 1), stockItem(1, 2)]);
    t.match(await undo(store, batch, [2]), { kind: 'unknown' });
    const late = await store.sellBatch(batch);
    t.match(late, { kind: 'tombstone' });
    t.match(await store.sellBatch(batch), { kind: 'repeat', transaction: { state: 'declined' } });
    t.match(await undo(store, batch, [2]), { kind: 'nothing-to-undo' });
    t.match(await store.levels(), [{ custody: 'stock', count: 2 }]);
    await booksAreRight(t, store);
  });

  t.test('doubt ended by hand is that of an item: its batch follows, and is not ended itself', async (t) => {
    const store = await stocked(t, place, 1);
    const { id, items } = await enter(store, batchOf(1, [creditItem(1, 1, 'R1'), stockItem(1, 2)]));
    const by = {
      as: 'done',
      by: 'ann',
      why: 'asked',
      at: 9_000,
      approved: APPROVED,
      declined: REFUSED,
    } as const;
    t.match(await store.resolve({ ...by, id }), { kind: 'not-doubtful' });
    t.match(await store.resolve({ ...by, id: items[0]?.id ?? 0 }), { kind: 'resolved' });
    t.match(await standing(store, id), { batch: ['approved', 'approved'] });
    await booksAreRight(t, store);
  });

  t.test('RRN and STAN name the batch, never an item of it', async (t) => {
    const store = await stocked(t, place, 2);
    const batch = batchOf(1, [stockItem(1, 1, { rrn: 'R1' }), stockItem(1, 2, { rrn: 'R1' })], { rrn: 'R1' });
    const { id } = await enter(store, batch);
    const query = { ...citationOf(batch.entry), stan: '', rrn: 'R1', amount: null };
    const result = await store.reverse(reversing(reversalEntry(777), query));
    t.match(result, { kind: 'reversed', original: { id } });
    t.match(await standing(store, id), { batch: ['reversed', 'approved'], items: ['reversed', 'reversed'] });
  });

  t.test('money: one item that the credit does not cover is declined alone', async (t) => {
    const store = await stocked(t, place, 3);
    const pay = (amount: number): { postings: Posting[]; usage: [] } => ({
      postings: [
        { account: 'merchant:M', currency: '840', amount: -amount, floor: -1_500 },
        { account: 'supplier:', currency: '840', amount, floor: null },
      ],
      usage: [],
    });
    const items = [
      { ...stockItem(1, 1), effects: pay(1_000) },
      { ...stockItem(1, 2), effects: pay(1_000) },
      { ...creditItem(1, 3, 'R3'), effects: pay(500) },
    ];
    const batch = batchOf(1, items);
    const entered = await enter(store, batch);
    t.strictSame(kinds(entered.items), ['sold', 'refused', 'opened']);
    t.match(entered.items[1], { reason: 'credit-short' });
    t.match(await store.balances('merchant:'), [{ balance: -1_500 }]);
    await store.close(closing(entered.items[2]?.id ?? 0, { reference: 'R3' }));
    t.match(await undo(store, batch, [1]), { kind: 'reversed' });
    t.match(await store.balances(''), [
      { account: 'merchant:M', balance: -500 },
      { account: 'supplier:acme', balance: 500 },
      { account: 'supplier:stock', balance: 0 },
    ]);
    await booksAreRight(t, store);
  });

  t.test(
    'cards are activated as items: once each, with a PIN where one is due, put back by a reversal',
    async (t) => {
      const store = await stocked(t, place, 1);
      await store.takeInCards(cardsOf(cardRow(1), cardRow(2), cardRow(3)));
      const item = (number: number, card: number, pinProduct = ''): BatchItem => {
        const {
          entry,
          card: wish,
          outcome,
        } = moveOf(1, 'activate', { wish: { mark: `card-${card}`, activation: 'direct' } });
        const key = `${entry.key}#${number}`;
        return { number, way: 'card', entry: { ...entry, key }, card: wish, outcome, pinProduct };
      };
      const items = [item(1, 1, 'TALK10'), item(2, 1), item(3, 2, 'TALK10'), item(4, 3), item(5, 9)];
      const batch = batchOf(1, items);
      const entered = await enter(store, batch);
      t.strictSame(kinds(entered.items), ['sold', 'card-refused', 'out-of-stock', 'sold', 'card-refused']);
      t.match(entered.items[4], { reason: 'unknown-card' });
      const state = async (n: number): Promise<string | undefined> => (await store.card(`card-${n}`))?.state;
      t.strictSame([await state(1), await state(2), await state(3)], ['active', 'inactive', 'active']);
      await booksAreRight(t, store);
      t.match(await undo(store, batch, [1]), { kind: 'reversed' });
      t.strictSame([await state(1), await state(3)], ['inactive', 'active']);
      t.equal((await store.quarantined(9)).length, 1, 'its PIN');
      await booksAreRight(t, store);
    },
  );
};
