/**
 * Money, model-based: random histories of sales, supplier sales with every end, reversals and payments, one by one
 * against a model of one balance, and all at once. The audit holds the ledger against the journal after each.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Effects, JournalEntry, Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  closing,
  entryOf,
  intakeRows,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../contract/sample.js';

const HISTORIES = 40;
const ENDS = ['approved', 'declined', 'undone', 'found', 'pending'] as const;

type Step =
  | { readonly do: 'sell'; readonly stan: number; readonly amount: number }
  | {
      readonly do: 'supply';
      readonly stan: number;
      readonly amount: number;
      readonly end: (typeof ENDS)[number];
    }
  | { readonly do: 'reverse'; readonly stan: number }
  | { readonly do: 'pay'; readonly amount: number };

const stan = fc.integer({ min: 1, max: 12 });
const amount = fc.integer({ min: 1, max: 900 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('sell' as const), stan, amount }), weight: 3 },
  {
    arbitrary: fc.record({ do: fc.constant('supply' as const), stan, amount, end: fc.constantFrom(...ENDS) }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant('reverse' as const), stan }), weight: 2 },
  fc.record({ do: fc.constant('pay' as const), amount: fc.integer({ min: -500, max: 1_500 }) }),
);

/** One merchant's history. A STAN stands for one entry whatever its amount: the amount is in the effects alone. */
class History {
  readonly #store: Store;
  readonly #name: string;
  /** What each transaction holds by the model; 0 where nothing. */
  readonly held = new Map<number, number>();
  balance = 0;
  /** An inquiry found what had been given back: the floor could not be kept. */
  forced = false;
  #count = 0;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.#name = name;
  }

  async run(step: Step): Promise<void> {
    this.#count += 1;
    if (step.do === 'pay') return this.#pay(step.amount);
    if (step.do === 'reverse') return this.#reverse(step.stan);
    const entry = this.#entry(step.stan);
    const effects = this.#charge(step.amount);
    const sale = { entry, outcome: APPROVED, today: '20260301', effects };
    const supplied = step.do === 'supply';
    const doubt = supplied && step.end === 'found' ? 'inquiry' : 'reversal';
    const result = supplied
      ? await this.#store.open(opening(entry, { doubt, effects }))
      : await this.#store.sell(sale);
    if (result.kind === 'refused') this.held.set(step.stan, 0);
    if (result.kind !== 'sold' && result.kind !== 'opened') return;
    this.held.set(step.stan, step.amount);
    this.balance -= step.amount;
    if (supplied) await this.#end(step.stan, result.id, step.end);
  }

  async #end(stan: number, id: number, end: (typeof ENDS)[number]): Promise<void> {
    if (end === 'pending') return;
    if (end === 'approved') await this.#store.close(closing(id));
    if (end === 'declined') await this.#store.close(closing(id, { state: 'declined', outcome: REFUSED }));
    if (end === 'undone') await this.#store.close(closing(id, { state: 'reversing', outcome: REFUSED }));
    if (end === 'declined' || end === 'undone') this.#giveBack(stan);
    if (end !== 'found') return;
    const amount = this.held.get(stan) ?? 0;
    await this.#reverse(stan);
    const { kind } = await this.#store.close(closing(id));
    if (kind !== 'stands') throw new Error(kind);
    // Its supplier cannot undo it, and no reversal ever will.
    this.balance -= amount;
    this.forced = true;
    this.held.set(stan, 0);
  }

  #giveBack(stan: number): void {
    this.balance += this.held.get(stan) ?? 0;
    this.held.set(stan, 0);
  }

  async #reverse(stan: number): Promise<void> {
    this.#count += 1;
    const entry = reversalEntry(900_000 + this.#count, { terminal: this.#name });
    const query = citationOf(this.#entry(stan));
    const { kind } = await this.#store.reverse(reversing(entry, query, { now: entry.receivedAt }));
    if (kind === 'unknown') this.held.set(stan, 0);
    if (kind === 'reversed') this.#giveBack(stan);
  }

  async #pay(amount: number): Promise<void> {
    const postings = this.#postings(amount, `cash:${this.#name}`);
    const { kind } = await this.#store.post({
      postings,
      by: 'property',
      why: 'random',
      reference: '',
      at: 1,
    });
    if (kind === 'posted') this.balance += amount;
  }

  #entry(stan: number): JournalEntry {
    return entryOf({
      terminal: this.#name,
      stan: String(stan).padStart(6, '0'),
      product: 'TALK',
      service: stan % 2 === 0 ? 'pin-sale' : 'account-credit',
    });
  }

  #postings(gain: number, other: string): Effects['postings'] {
    return [
      { account: `merchant:${this.#name}`, currency: '840', amount: gain, floor: 0 },
      { account: other, currency: '840', amount: -gain, floor: null },
    ];
  }

  #charge(amount: number): Effects {
    const period = '20260301';
    const limits = { window: 'day', period, countMax: 1_000, amountMax: null, amount };
    return {
      postings: this.#postings(-amount, 'supplier:'),
      usage: [{ subject: this.#name, ...limits }],
    };
  }
}

async function newStore(t: Test): Promise<Store> {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  await store.takeIn(chunkOf(intakeRows(0, 5_000, 'TALK')));
  return store;
}

async function balanceOf(store: Store, name: string): Promise<number> {
  const [balance] = await store.balances(`merchant:${name}`);
  return balance?.balance ?? 0;
}

/** Supplier sales of this property are credits, so that the end of one needs no PIN. */
const supplies = (step: Step): Step =>
  'stan' in step ? { ...step, stan: step.stan * 2 - Number(step.do === 'supply') } : step;

t.test('after every step of every history the balance is the model’s, and not below its floor', async (t) => {
  const store = await newStore(t);
  let histories = 0;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }),
    async (steps) => {
      histories += 1;
      const name = `P${String(histories).padStart(4, '0')}`;
      const history = new History(store, name);
      for (const each of steps) {
        await history.run(supplies(each));
        const balance = await balanceOf(store, name);
        t.equal(balance, history.balance);
        if (!history.forced) t.ok(balance >= 0, 'not below the floor');
      }
      await booksAreRight(t, store);
    },
  );
  await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
});

t.test(
  'all at once, whatever goes before what, the ledger sums to zero and agrees with the journal',
  async (t) => {
    const store = await newStore(t);
    let histories = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      histories += 1;
      const name = `C${String(histories).padStart(4, '0')}`;
      const history = new History(store, name);
      await history.run({ do: 'pay', amount: 3_000 });
      const calm = steps.filter((each) => each.do !== 'supply' || each.end !== 'found');
      await Promise.all(calm.map((each) => history.run(supplies(each))));
      t.ok((await balanceOf(store, name)) >= 0, 'not below the floor');
      await booksAreRight(t, store);
    });
    await fc.assert(property, { numRuns: HISTORIES / 2, endOnFailure: true });
  },
);
