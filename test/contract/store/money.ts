/** Effects: applied in the commit that sells or opens, whole or not at all; taken back where it comes to nothing. */
import type { Test } from 'tap';
import type { Effects, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  closing,
  creditEntry,
  entryOf,
  intakeRows,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../sample.js';
import { idOf } from './closing.js';

/** A sale of 1,000 for which the merchant pays 950. */
const CHARGE: Effects = {
  postings: [
    { account: 'merchant:M1', currency: '840', amount: -950, floor: 0 },
    { account: 'supplier:', currency: '840', amount: 1_000, floor: null },
    { account: 'commission:M1', currency: '840', amount: -50, floor: null },
  ],
  usage: [],
};
const NOTHING_YET = { 'cash:M1': 0, 'merchant:M1': 0 };

export const money: Part = async (t, place) => {
  t.test('a sale from stock pays in its own commit, and its reversal gives back once', async (t) => {
    const store = await stocked(place, t, 2_000);
    const entry = entryOf({});
    t.equal((await sell(store, entry)).kind, 'sold');
    t.match(await balances(store), { 'merchant:M1': 1_050, 'supplier:stock': 1_000, 'commission:M1': -50 });
    t.equal((await sell(store, entry)).kind, 'repeat');
    t.match(await balances(store), { 'merchant:M1': 1_050 });
    await store.reverse(reversing(reversalEntry(8), citationOf(entry)));
    await store.reverse(reversing(reversalEntry(9), citationOf(entry)));
    t.match(await balances(store), { 'merchant:M1': 2_000, 'supplier:stock': 0, 'commission:M1': 0 });
    await booksAreRight(t, store);
  });

  t.test('what the floor does not cover is recorded as refused, and takes no PIN', async (t) => {
    const store = await stocked(place, t, 949);
    const entry = entryOf({});
    t.match(await sell(store, entry), { kind: 'refused', reason: 'credit-short' });
    t.match(await sell(store, entry), {
      kind: 'repeat',
      transaction: { state: 'declined', outcome: { reason: 'credit-short' }, pins: [] },
    });
    t.match(await store.open(opening(creditEntry(2), { effects: CHARGE })), { kind: 'refused' });
    t.match(await balances(store), { ...NOTHING_YET, 'cash:M1': -949, 'merchant:M1': 949 });
    await store.post(payment(1));
    t.equal((await sell(store, entryOf({ stan: '000003' }))).kind, 'sold');
    t.match(await balances(store), { 'merchant:M1': 0 });
    await booksAreRight(t, store);
  });

  t.test('sales asked for at once are covered exactly as far as the money goes', async (t) => {
    const store = await stocked(place, t, 950 * 5 + 949);
    const entries = Array.from({ length: 10 }, (_, n) => entryOf({ stan: String(n + 1).padStart(6, '0') }));
    const results = await Promise.all(entries.map((entry) => sell(store, entry)));
    t.equal(results.filter(({ kind }) => kind === 'sold').length, 5);
    t.equal(results.filter(({ kind }) => kind === 'refused').length, 5);
    t.match(await balances(store), { 'merchant:M1': 949 });
    await booksAreRight(t, store);
  });

  t.test('a verb that fails beside it in the group costs it nothing, and it pays once', async (t) => {
    const store = await stocked(place, t, 2_000);
    const unbalanced = { ...CHARGE, postings: CHARGE.postings.slice(0, 2) };
    const [first, wrong, second] = await Promise.allSettled([
      sell(store, entryOf({})),
      store.open(opening(creditEntry(2), { effects: unbalanced })),
      sell(store, entryOf({ stan: '000003' })),
    ]);
    t.match(
      [first, wrong, second],
      [{ value: { kind: 'sold' } }, { status: 'rejected' }, { value: { kind: 'sold' } }],
    );
    t.match(await balances(store), { 'merchant:M1': 100, 'supplier:stock': 2_000 });
    await booksAreRight(t, store);
  });

  t.test(
    'a pending transaction holds its money; approved keeps it, declined and doubt give it back',
    async (t) => {
      const store = await stocked(place, t, 2_850);
      const [kept, refused, doubted] = await Promise.all(
        [1, 2, 3].map(async (n) => idOf(await store.open(charged(n)))),
      );
      t.match(await balances(store), { 'merchant:M1': 0, 'supplier:acme': 3_000 });
      await store.close(closing(kept ?? 0));
      await store.close(closing(refused ?? 0, { state: 'declined', outcome: REFUSED }));
      t.match(await balances(store), { 'merchant:M1': 950 });
      const forward = { kind: 'reversal', nextAt: 1 } as const;
      await store.close(closing(doubted ?? 0, { state: 'reversing', outcome: REFUSED, forward }));
      await store.settleForwarding(doubted ?? 0);
      t.match(await balances(store), { 'merchant:M1': 1_900, 'supplier:acme': 1_000 });
      await booksAreRight(t, store);
    },
  );

  t.test('reversed while pending, then found to stand: paid again, below the floor if need be', async (t) => {
    const store = await stocked(place, t, 950);
    const entry = creditEntry(1);
    const id = idOf(await store.open(opening(entry, { doubt: 'inquiry', effects: CHARGE })));
    await store.reverse(reversing(reversalEntry(9), citationOf(entry)));
    t.match(await balances(store), { 'merchant:M1': 950 });
    t.equal((await sell(store, entryOf({ stan: '000002' }))).kind, 'sold');
    t.equal((await store.close(closing(id))).kind, 'stands');
    t.match(await balances(store), { 'merchant:M1': -950, 'supplier:acme': 1_000, 'supplier:stock': 1_000 });
    await booksAreRight(t, store);
  });

  t.test('another supplier performs it: the other one is owed nothing', async (t) => {
    const store = await stocked(place, t, 950);
    const id = idOf(await store.open(charged(1)));
    await store.reroute(id, { supplier: 'other', reference: 'REF9', deadlineAt: 1, doubt: 'reversal' });
    await store.close(closing(id, { reference: 'REF9' }));
    t.match(await balances(store), { 'merchant:M1': 0, 'supplier:acme': 0, 'supplier:other': 1_000 });
    await booksAreRight(t, store);
  });

  t.test('out of stock, the money is held at the supplier instead; or nothing is', async (t) => {
    const store = await stocked(place, t, 2_000, 0);
    t.equal((await sell(store, entryOf({}))).kind, 'out-of-stock');
    t.match(await balances(store), { 'merchant:M1': 2_000 });
    const orElse = { supplier: 'acme', reference: 'REF1', deadlineAt: 1, doubt: 'reversal' } as const;
    const sale = { entry: entryOf({ stan: '000002' }), outcome: APPROVED, today: '20260301' };
    t.equal((await store.sell({ ...sale, orElse, effects: CHARGE })).kind, 'opened');
    t.match(await balances(store), { 'merchant:M1': 1_050, 'supplier:acme': 1_000 });
    await booksAreRight(t, store);
  });

  t.test('limits of count and amount hold in their period, and what is reversed is given back', async (t) => {
    const store = await stocked(place, t, 0);
    const limited = (amount: number, period = '20260301'): Effects => ({
      postings: [],
      usage: [
        { subject: 'terminal:T1', window: 'day', period, countMax: 3, amountMax: 2_500, amount },
        {
          subject: 'merchant:M1',
          window: 'hour',
          period: `${period}10`,
          countMax: null,
          amountMax: null,
          amount,
        },
      ],
    });
    const sold = async (stan: number, amount: number, period?: string): Promise<string> => {
      const entry = entryOf({ stan: String(stan).padStart(6, '0') });
      const effects = limited(amount, period);
      const result = await store.sell({ entry, outcome: APPROVED, today: '20260301', effects });
      return result.kind === 'refused' ? result.reason : result.kind;
    };
    t.equal(await sold(1, 1_000), 'sold');
    t.equal(await sold(2, 1_501), 'amount-limit');
    t.equal(await sold(3, 1_000), 'sold');
    t.equal(await sold(4, 500), 'sold');
    t.equal(await sold(5, 0), 'frequency-limit');
    await store.reverse(reversing(reversalEntry(90), citationOf(entryOf({ stan: '000003' }))));
    t.equal(await sold(6, 1_001), 'amount-limit');
    t.equal(await sold(7, 1_000), 'sold');
    await booksAreRight(t, store);
    t.equal(await sold(8, 2_500, '20260302'), 'sold', 'another day');
    await store.reverse(reversing(reversalEntry(91), citationOf(entryOf({ stan: '000001' }))));
    t.equal(await sold(9, 1, '20260302'), 'amount-limit', 'yesterday’s sale gives nothing back today');
    await booksAreRight(t, store);
  });

  t.test('an adjustment enters once by its reference, and stops at the floor', async (t) => {
    const store = await stocked(place, t, 500);
    t.equal((await store.post(payment(100, 'bank 1'))).kind, 'posted');
    t.equal((await store.post(payment(100, 'bank 1'))).kind, 'known');
    t.equal((await store.post(payment(-601, 'bank 2'))).kind, 'refused');
    t.equal((await store.post(payment(-600, 'bank 2'))).kind, 'posted');
    t.match(await balances(store), NOTHING_YET);
    const lines = await store.statement({ account: 'merchant:M1', currency: '840', before: 0, limit: 2 });
    t.match(lines, [
      { number: 3, amount: -600, transaction: 0, adjustment: 3 },
      { number: 2, amount: 100 },
    ]);
    const rest = await store.statement({ account: 'merchant:M1', currency: '840', before: 2, limit: 9 });
    t.match(rest, [{ number: 1, amount: 500 }]);
    t.rejects(store.post({ ...payment(1), postings: payment(1).postings.slice(0, 1) }), /sum to zero/);
    await booksAreRight(t, store);
  });

  t.test('two stores on the same data see one balance', async (t) => {
    const here = await place(t);
    const [one, other] = [await here.open(), await here.open()];
    await one.post(payment(2_850));
    await one.takeIn(chunkOf(intakeRows(0, 5)));
    const kinds: string[] = [];
    for (const [n, store] of [one, other, one, other].entries()) {
      kinds.push((await sell(store, entryOf({ stan: `00000${n + 1}` }))).kind);
    }
    t.strictSame(kinds, ['sold', 'sold', 'sold', 'refused']);
    t.match(await balances(one), { 'merchant:M1': 0 });
    await booksAreRight(t, other);
  });
};

async function stocked(place: Parameters<Part>[1], t: Test, float: number, pins = 20): Promise<Store> {
  const store = await (await place(t)).open();
  if (pins > 0) await store.takeIn(chunkOf(intakeRows(0, pins)));
  await store.post(payment(float));
  return store;
}

function sell(store: Store, entry: ReturnType<typeof entryOf>) {
  return store.sell({ entry, outcome: APPROVED, today: '20260301', effects: CHARGE });
}

function charged(n: number) {
  return opening(creditEntry(n), { effects: CHARGE });
}

function payment(amount: number, reference = '') {
  const floor = 0;
  const postings = [
    { account: 'merchant:M1', currency: '840', amount, floor },
    { account: 'cash:M1', currency: '840', amount: -amount, floor: null },
  ];
  return { postings, by: 'contract', why: 'test', reference, at: 1 };
}

async function balances(store: Store): Promise<Record<string, number>> {
  const all = await store.balances('');
  return Object.fromEntries(all.map(({ account, balance }) => [account, balance]));
}
