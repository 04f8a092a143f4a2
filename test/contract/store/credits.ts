/** Accounts in our own ledger: credited in one commit, with the balance after it; purchases counted, and rewarded once. */
import type { Test } from 'tap';
import type { BatchItem, Crediting, Reward, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  batchOf,
  citationOf,
  closing,
  creditEntry,
  creditItem,
  itemEntry,
  opening,
  reversalEntry,
  reversing,
} from '../sample.js';
import { idOf } from './closing.js';

const ACCOUNT = 'account:TELCO mark';
const RECEIPT = 41;
const REWARD_RECEIPT = 42;

const line = { currency: '840', floor: null };

/** Every third purchase adds 50 to the account, and prints another receipt. */
const THIRD: Reward = {
  subject: 'promotion:THIRD TELCO mark',
  window: 'ever',
  period: 'ever',
  by: 'count',
  every: 3,
  amount: 1_000,
  postings: [
    { ...line, account: ACCOUNT, amount: 50 },
    { ...line, account: 'promotion:THIRD', amount: -50 },
  ],
  receiptId: REWARD_RECEIPT,
};

function crediting(stan: number, said: Partial<Crediting> = {}): Crediting {
  const postings = [
    { ...line, account: 'merchant:M1', amount: -1_000, floor: -10_000 },
    { ...line, account: ACCOUNT, amount: 1_000 },
  ];
  return {
    entry: creditEntry(stan),
    outcome: { ...APPROVED, receiptId: RECEIPT },
    effects: { postings, usage: [] },
    account: ACCOUNT,
    ...said,
  };
}

async function balanceOf(store: Store, account: string): Promise<number> {
  return (await store.balances(account))[0]?.balance ?? 0;
}

export const credits: Part = async (t, place) => {
  const opened = async (t: Test): Promise<Store> => (await place(t)).open();
  const undo = (store: Store, stan: number, by: number) => {
    const entry = reversalEntry(by);
    const query = citationOf(creditEntry(stan));
    return store.reverse(reversing(entry, query, { now: entry.receivedAt }));
  };

  t.test('a credit is approved with the balance after it, and a repeat gets the same one', async (t) => {
    const store = await opened(t);
    t.match(await store.credit(crediting(1)), {
      kind: 'credited',
      outcome: { balance: 1_000, balanceCurrency: '840' },
    });
    t.match(await store.credit(crediting(2)), {
      kind: 'credited',
      outcome: { balance: 2_000, receiptId: RECEIPT },
    });
    t.match(await store.credit(crediting(1)), {
      kind: 'repeat',
      transaction: { state: 'approved', outcome: { balance: 1_000 } },
    });
    t.same(await store.credit(crediting(1, { entry: { ...creditEntry(1), fingerprint: 'other' } })), {
      kind: 'conflict',
    });
    t.equal(await balanceOf(store, ACCOUNT), 2_000);
    t.equal(await balanceOf(store, 'merchant:M1'), -2_000);
    await booksAreRight(t, store);
  });

  t.test('credits at once each tell another balance', async (t) => {
    const store = await opened(t);
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => store.credit(crediting(n + 1))));
    const told = results.flatMap((one) => (one.kind === 'credited' ? [one.outcome.balance ?? 0] : []));
    t.same(
      told.sort((a, b) => a - b),
      Array.from({ length: 10 }, (_, n) => (n + 1) * 1_000),
    );
    t.equal(results.filter(({ kind }) => kind === 'refused').length, 2, 'beyond what the merchant may owe');
    await booksAreRight(t, store);
  });

  t.test(
    'a reversal takes a credit back once, below zero where it was spent; one that came first declines it',
    async (t) => {
      const store = await opened(t);
      await store.credit(crediting(1));
      const spent = [
        { ...line, account: ACCOUNT, amount: -700, floor: 0 },
        { ...line, account: 'cash:TELCO', amount: 700 },
      ];
      t.match(await store.post({ postings: spent, by: 'ann', why: 'spent', reference: '', at: 1 }), {
        kind: 'posted',
      });
      t.equal((await undo(store, 1, 8)).kind, 'reversed');
      t.equal((await undo(store, 1, 9)).kind, 'nothing-to-undo');
      t.equal(await balanceOf(store, ACCOUNT), -700);
      t.equal((await undo(store, 2, 10)).kind, 'unknown');
      t.equal((await store.credit(crediting(2))).kind, 'tombstone');
      t.equal(await balanceOf(store, ACCOUNT), -700);
      await booksAreRight(t, store);
    },
  );

  t.test('each third purchase is rewarded once, whatever is given back between', async (t) => {
    const store = await opened(t);
    const buy = async (stan: number): Promise<readonly [number | null, number]> => {
      const result = await store.credit(crediting(stan, { reward: THIRD }));
      return result.kind === 'credited' ? [result.outcome.balance, result.outcome.receiptId] : [0, 0];
    };
    t.same(await buy(1), [1_000, RECEIPT]);
    t.same(await buy(2), [2_000, RECEIPT]);
    t.same(await buy(3), [3_050, REWARD_RECEIPT]);
    await undo(store, 1, 91);
    t.same(await buy(4), [3_050, RECEIPT], 'the third one again, and rewarded already');
    await undo(store, 3, 92);
    t.equal(await balanceOf(store, ACCOUNT), 2_000, 'the reward goes with its purchase');
    t.same(await buy(5), [3_050, REWARD_RECEIPT], 'and comes with the next third one');
    t.match(await store.credit(crediting(5, { reward: THIRD })), {
      kind: 'repeat',
      transaction: { outcome: { balance: 3_050, receiptId: REWARD_RECEIPT } },
    });
    t.equal(await balanceOf(store, 'promotion:THIRD'), -50);
    await booksAreRight(t, store);
  });

  t.test('by total, one purchase may reach several multiples; another period begins anew', async (t) => {
    const store = await opened(t);
    const reward: Reward = {
      ...THIRD,
      by: 'amount',
      every: 1_500,
      window: 'month',
      period: '202603',
      amount: 3_200,
    };
    await store.credit(crediting(1, { reward }));
    t.equal(await balanceOf(store, 'promotion:THIRD'), -100);
    await store.credit(crediting(2, { reward: { ...reward, amount: 1_000 } }));
    t.equal(await balanceOf(store, 'promotion:THIRD'), -100, '4,200');
    await store.credit(crediting(3, { reward: { ...reward, amount: 300 } }));
    t.equal(await balanceOf(store, 'promotion:THIRD'), -150, '4,500');
    await store.credit(crediting(4, { reward: { ...reward, amount: 1_400, period: '202604' } }));
    t.equal(await balanceOf(store, 'promotion:THIRD'), -150);
    await booksAreRight(t, store);
  });

  t.test(
    'what a supplier performs is counted when it is opened, and prints its reward when it is approved',
    async (t) => {
      const store = await opened(t);
      const reward: Reward = { ...THIRD, every: 2, postings: [] };
      const open = async (stan: number) => idOf(await store.open(opening(creditEntry(stan), { reward })));
      t.match(await store.close(closing(await open(1))), { kind: 'closed', receiptId: 0 });
      const refused = await open(2);
      await store.close(
        closing(refused, { state: 'declined', outcome: { ...APPROVED, reason: 'supplier-refused' } }),
      );
      t.match(await store.find({ id: refused, limit: 1 }), [{ outcome: { receiptId: 0 } }]);
      const due = await open(3);
      t.match(await store.close(closing(due)), { kind: 'closed', receiptId: REWARD_RECEIPT });
      t.match(await store.find({ id: due, limit: 1 }), [{ outcome: { receiptId: REWARD_RECEIPT } }]);
      await booksAreRight(t, store);
    },
  );

  t.test('items of a batch are credited one after the other, each with its balance and reward', async (t) => {
    const store = await opened(t);
    const own = (number: number): BatchItem => {
      const entry = itemEntry(1, number, { product: 'TOPUP', service: 'account-credit' });
      return { ...crediting(1, { reward: { ...THIRD, every: 2 } }), number, way: 'ledger', entry };
    };
    const supplied = {
      ...creditItem(1, 3, 'REF3'),
      reward: { ...THIRD, every: 3, postings: [] },
    } as BatchItem;
    const batch = batchOf(1, [own(1), own(2), supplied]);
    const result = await store.sellBatch(batch);
    if (result.kind !== 'entered') throw new Error(result.kind);
    t.match(result.items, [
      { kind: 'credited', balance: 1_000, receiptId: 0 },
      { kind: 'credited', balance: 2_050, receiptId: REWARD_RECEIPT },
      { kind: 'opened' },
    ]);
    const last = result.items[2]?.id ?? 0;
    await store.close(closing(last, { reference: 'REF3' }));
    t.match(await store.batch(result.id), {
      batch: { state: 'approved' },
      items: [
        { outcome: { balance: 1_000, receiptId: RECEIPT } },
        { outcome: { balance: 2_050, receiptId: REWARD_RECEIPT } },
        { outcome: { receiptId: 0 } },
      ],
    });
    await booksAreRight(t, store);
    const entry = reversalEntry(9);
    await store.reverse(reversing(entry, citationOf(batch.entry), { now: entry.receivedAt }));
    t.equal(await balanceOf(store, ACCOUNT), 0);
    t.equal(await balanceOf(store, 'promotion:THIRD'), 0);
    await booksAreRight(t, store);
  });

  t.test('an account in our own ledger is remembered with its credit, and forgotten with it', async (t) => {
    const store = await opened(t);
    await store.credit(crediting(1, { remember: { provider: 'TELCO', merchant: 'M1' } }));
    t.match(await store.recall('mark-1'), { provider: 'TELCO', amount: 1_000 });
    await undo(store, 1, 8);
    t.equal(await store.recall('mark-1'), undefined);
    await booksAreRight(t, store);
  });
};
