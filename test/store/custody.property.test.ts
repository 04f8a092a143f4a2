/**
 * Custody, model-based: random histories of intake, sales, supplier sales, reversals, decisions and expiry, called
 * one by one or all at once, against a model of a few maps. One store for all histories, a product for each.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import type { Custody } from '../../src/domain/transaction.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { JournalEntry, Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  closing,
  entryOf,
  intakeRows,
  issuedPin,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../contract/sample.js';

const DAYS = ['20260301', '20260302', '20260303', '20260304'] as const;
const HISTORIES = 40;

type Action =
  | { readonly do: 'takeIn'; readonly from: number; readonly count: number; readonly day: number }
  | { readonly do: 'sell'; readonly stan: number; readonly quantity: number; readonly day: number }
  | { readonly do: 'supply'; readonly stan: number; readonly end: 'approved' | 'declined' | 'doubt' | 'none' }
  | { readonly do: 'reverse'; readonly stan: number; readonly to: 'quarantined' | 'void' }
  | { readonly do: 'decide'; readonly nth: number; readonly to: 'stock' | 'void' }
  | { readonly do: 'expire'; readonly day: number };

const stan = fc.integer({ min: 1, max: 12 });
const day = fc.integer({ min: 0, max: 3 });
/** Mostly one day, so that what waits in memory for sale is put to use. */
const today = fc.constantFrom(0, 0, 0, 0, 0, 1, 2);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constant('takeIn' as const),
    from: fc.nat(20),
    count: fc.integer({ min: 1, max: 6 }),
    day,
  }),
  {
    arbitrary: fc.record({
      do: fc.constant('sell' as const),
      stan,
      quantity: fc.integer({ min: 1, max: 3 }),
      day: today,
    }),
    weight: 4,
  },
  fc.record({
    do: fc.constant('supply' as const),
    stan,
    end: fc.constantFrom('approved', 'declined', 'doubt', 'none'),
  }),
  {
    arbitrary: fc.record({
      do: fc.constant('reverse' as const),
      stan,
      to: fc.constantFrom('quarantined', 'void'),
    }),
    weight: 2,
  },
  fc.record({ do: fc.constant('decide' as const), nth: fc.nat(3), to: fc.constantFrom('stock', 'void') }),
  fc.record({ do: fc.constant('expire' as const), day }),
);

interface ModelPin {
  readonly serial: string;
  readonly expiry: string;
  custody: Custody;
}

interface ModelTransaction {
  readonly state: 'sold' | 'pending' | 'other';
  readonly pins: readonly ModelPin[];
}

/** One history: what the store says is held against what the model says. */
class History {
  readonly #t: Test;
  readonly #store: Store;
  readonly #product: string;
  /** In the order in which the store took them in. */
  readonly #pins: ModelPin[] = [];
  readonly #transactions = new Map<number, ModelTransaction>();
  readonly #tombstones = new Set<number>();
  #reversals = 0;

  constructor(test: Test, store: Store, product: string) {
    this.#t = test;
    this.#store = store;
    this.#product = product;
  }

  #entry(stan: number, quantity = 1): JournalEntry {
    const name = String(stan).padStart(6, '0');
    return entryOf({ terminal: this.#product, stan: name, product: this.#product, quantity });
  }

  async run(step: Action): Promise<void> {
    switch (step.do) {
      case 'takeIn':
        return this.#takeIn(step.from, step.count, DAYS[step.day] ?? DAYS[0]);
      case 'sell':
        return this.#sell(step.stan, step.quantity, DAYS[step.day] ?? DAYS[0]);
      case 'supply':
        return this.#supply(step.stan, step.end);
      case 'reverse':
        return this.#reverse(step.stan, step.to);
      case 'decide':
        return this.#decide(step.nth, step.to);
      case 'expire':
        return this.#expire(DAYS[step.day] ?? DAYS[0]);
    }
  }

  async #takeIn(from: number, count: number, expiry: string): Promise<void> {
    const rows = intakeRows(from, count, this.#product, expiry);
    const fresh = rows.filter(({ serial }) => this.#pins.every((pin) => pin.serial !== serial));
    const { taken } = await this.#store.takeIn(chunkOf(rows, { intake: this.#product }));
    this.#t.equal(taken, fresh.length);
    for (const { serial } of fresh) this.#pins.push({ serial, expiry, custody: 'stock' });
  }

  /** What opening this STAN must give where it is no new transaction. */
  #met(stan: number): string | undefined {
    if (this.#transactions.has(stan)) return 'repeat';
    return this.#tombstones.has(stan) ? 'tombstone' : undefined;
  }

  async #sell(stan: number, quantity: number, today: string): Promise<void> {
    const next = this.#pins
      .filter(({ custody, expiry }) => custody === 'stock' && expiry >= today)
      .sort((one, other) => (one.expiry < other.expiry ? -1 : one.expiry > other.expiry ? 1 : 0))
      .slice(0, quantity);
    const expected = this.#met(stan) ?? (next.length < quantity ? 'out-of-stock' : 'sold');
    const result = await this.#store.sell({ entry: this.#entry(stan, quantity), outcome: APPROVED, today });
    this.#t.equal(result.kind, expected);
    if (expected === 'repeat') return;
    this.#tombstones.delete(stan);
    const sold = result.kind === 'sold';
    if (sold) {
      this.#t.strictSame(
        result.pins.map(({ serial }) => serial),
        next.map(({ serial }) => serial),
      );
      for (const pin of next) pin.custody = 'sold';
    }
    this.#transactions.set(stan, { state: sold ? 'sold' : 'other', pins: sold ? next : [] });
  }

  async #supply(stan: number, end: 'approved' | 'declined' | 'doubt' | 'none'): Promise<void> {
    const expected = this.#met(stan) ?? 'opened';
    const result = await this.#store.open(opening(this.#entry(stan)));
    this.#t.equal(result.kind, expected);
    if (expected === 'repeat') return;
    this.#tombstones.delete(stan);
    this.#transactions.set(stan, {
      state: end === 'none' && expected === 'opened' ? 'pending' : 'other',
      pins: [],
    });
    if (result.kind !== 'opened' || end === 'none') return;
    if (end === 'approved') {
      const serial = `${this.#product}-${stan}`;
      const pin: ModelPin = { serial, expiry: DAYS[3], custody: 'sold' };
      const issued = [{ ...issuedPin(stan, this.#product), serial, mark: serial, expiry: pin.expiry }];
      await this.#store.close(closing(result.id, { issued }));
      this.#pins.push(pin);
      this.#transactions.set(stan, { state: 'sold', pins: [pin] });
    } else if (end === 'declined') {
      await this.#store.close(closing(result.id, { state: 'declined', outcome: REFUSED }));
    } else {
      await this.#store.close(closing(result.id, { state: 'reversing', outcome: REFUSED }));
    }
  }

  async #reverse(stan: number, pinsTo: 'quarantined' | 'void'): Promise<void> {
    this.#reversals += 1;
    const entry = reversalEntry(900_000 + this.#reversals, { terminal: this.#product });
    const query = citationOf(this.#entry(stan), { amount: null });
    const original = this.#transactions.get(stan);
    const result = await this.#store.reverse(reversing(entry, query, { pinsTo, now: entry.receivedAt }));
    if (!original) {
      this.#t.equal(result.kind, 'unknown');
      this.#tombstones.add(stan);
      return;
    }
    this.#t.equal(result.kind, original.state === 'other' ? 'nothing-to-undo' : 'reversed');
    for (const pin of original.pins) if (original.state === 'sold') pin.custody = pinsTo;
    this.#transactions.set(stan, { state: 'other', pins: [] });
  }

  async #decide(nth: number, to: 'stock' | 'void'): Promise<void> {
    const quarantined = (await this.#store.quarantined(10_000)).filter(
      ({ product }) => product === this.#product,
    );
    const chosen = quarantined[nth];
    const model = this.#pins.filter(({ custody }) => custody === 'quarantined');
    this.#t.equal(quarantined.length, model.length);
    if (!chosen) return;
    const decision = { by: 'property', why: 'random', at: 1, pinIds: [chosen.id], to };
    this.#t.equal(await this.#store.decide(decision), 1);
    for (const pin of model) if (pin.serial === chosen.serial) pin.custody = to;
  }

  async #expire(today: string): Promise<void> {
    const expired = this.#pins.filter(({ custody, expiry }) => custody === 'stock' && expiry < today);
    await this.#store.expire(today);
    for (const pin of expired) pin.custody = 'expired';
  }

  async agrees(): Promise<void> {
    const levels = await this.#store.levels();
    const stored = levels.filter(({ product }) => product === this.#product);
    const counts = new Map<string, number>();
    for (const { custody } of this.#pins) counts.set(custody, (counts.get(custody) ?? 0) + 1);
    this.#t.strictSame(new Map(stored.map(({ custody, count }) => [custody, count])), counts);
  }
}

t.test('every history leaves each PIN where the model has it, and the books right', async (t) => {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  let histories = 0;
  const property = fc.asyncProperty(
    fc.array(action, { minLength: 5, maxLength: 80, size: 'max' }),
    async (steps) => {
      histories += 1;
      const history = new History(t, store, `H${histories}`);
      for (const step of steps) await history.run(step);
      await history.agrees();
      await booksAreRight(t, store);
    },
  );
  await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
});

t.test('called all at once, no PIN goes to two, and the books are right', async (t) => {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  let histories = 0;
  const steps = fc.array(fc.record({ stan, quantity: fc.integer({ min: 1, max: 3 }), undo: fc.boolean() }), {
    minLength: 20,
    maxLength: 60,
  });
  const property = fc.asyncProperty(steps, async (all) => {
    histories += 1;
    const product = `C${histories}`;
    await store.takeIn(chunkOf(intakeRows(0, 15, product, DAYS[3]), { intake: product }));
    const held: number[] = [];
    const run = async (step: (typeof all)[number], index: number): Promise<void> => {
      const name = String(step.stan).padStart(6, '0');
      const entry = entryOf({ terminal: product, stan: name, product, quantity: step.quantity });
      if (step.undo) {
        const reversal = reversalEntry(900_000 + index, { terminal: product });
        await store.reverse(reversing(reversal, citationOf(entry, { amount: null })));
      } else {
        const result = await store.sell({ entry, outcome: APPROVED, today: DAYS[0] });
        if (result.kind === 'sold') held.push(...result.pins.map(({ id }) => id));
      }
    };
    await Promise.all(all.map(run));
    t.equal(new Set(held).size, held.length);
    await booksAreRight(t, store);
  });
  await fc.assert(property, { numRuns: HISTORIES / 2, endOnFailure: true });
});
