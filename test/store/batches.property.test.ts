/**
 * Batches, model-based: random batches, reversals of random items, repeats, and crashes that leave items to recovery,
 * against a model of a few maps: each PIN is where the model has it, each item is done once and undone once.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { batchState } from '../../src/domain/batch.js';
import type { Custody, TransactionState } from '../../src/domain/transaction.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Batch, BatchItem, Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
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
  stockItem,
} from '../contract/sample.js';

const HISTORIES = 30;

type End = 'approved' | 'declined' | 'doubt' | 'left';
type Asked =
  | { readonly way: 'stock'; readonly quantity: number }
  | { readonly way: 'supplier'; readonly issues: boolean; readonly end: End }
  | { readonly way: 'refused' };
type Action =
  | { readonly do: 'takeIn'; readonly count: number }
  | { readonly do: 'batch'; readonly stan: number; readonly items: readonly Asked[] }
  | { readonly do: 'repeat'; readonly stan: number }
  | { readonly do: 'reverse'; readonly stan: number; readonly named: readonly number[] | undefined }
  | { readonly do: 'crash' }
  | { readonly do: 'acknowledge' };

const stan = fc.integer({ min: 1, max: 8 });
const asked: fc.Arbitrary<Asked> = fc.oneof(
  {
    arbitrary: fc.record({ way: fc.constant('stock' as const), quantity: fc.integer({ min: 1, max: 2 }) }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      way: fc.constant('supplier' as const),
      issues: fc.boolean(),
      end: fc.constantFrom<End>('approved', 'approved', 'declined', 'doubt', 'left'),
    }),
    weight: 2,
  },
  fc.record({ way: fc.constant('refused' as const) }),
);
const named = fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }), {
  nil: undefined,
});
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('takeIn' as const), count: fc.integer({ min: 1, max: 8 }) }),
  {
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      stan,
      items: fc.array(asked, { minLength: 1, maxLength: 6 }),
    }),
    weight: 4,
  },
  fc.record({ do: fc.constant('repeat' as const), stan }),
  { arbitrary: fc.record({ do: fc.constant('reverse' as const), stan, named }), weight: 4 },
  fc.record({ do: fc.constant('crash' as const) }),
  fc.record({ do: fc.constant('acknowledge' as const) }),
);

interface ModelItem {
  readonly id: number;
  readonly reference: string;
  state: TransactionState;
  readonly pins: string[];
}

interface ModelBatch {
  readonly id: number;
  readonly batch: Batch;
  readonly items: readonly ModelItem[];
}

class History {
  readonly #t: Test;
  readonly #store: Store;
  readonly #product: string;
  readonly #custody = new Map<string, Custody>();
  readonly #batches = new Map<number, ModelBatch>();
  readonly #tombstones = new Set<number>();
  #taken = 0;
  #names = 0;

  constructor(test: Test, store: Store, product: string) {
    this.#t = test;
    this.#store = store;
    this.#product = product;
  }

  run(step: Action): Promise<void> {
    switch (step.do) {
      case 'takeIn':
        return this.#takeIn(step.count);
      case 'batch':
        return this.#sell(step.stan, step.items);
      case 'repeat':
        return this.#agrees(step.stan);
      case 'reverse':
        return this.#reverse(step.stan, step.named);
      case 'crash':
        return this.#recover();
      case 'acknowledge':
        return this.#acknowledge();
    }
  }

  async #takeIn(count: number): Promise<void> {
    const rows = intakeRows(this.#taken, count, this.#product);
    this.#taken += count;
    await this.#store.takeIn(chunkOf(rows, { intake: this.#product }));
    for (const { serial } of rows) this.#custody.set(serial, 'stock');
  }

  #said(): { terminal: string; product: string } {
    return { terminal: this.#product, product: this.#product };
  }

  #item(stan: number, number: number, its: Asked): BatchItem {
    if (its.way === 'refused')
      return { ...refusedItem(stan, number), ...this.#own(refusedItem(stan, number)) };
    if (its.way === 'stock') return stockItem(stan, number, { ...this.#said(), quantity: its.quantity });
    this.#names += 1;
    const item = creditItem(stan, number, `${this.#product}-${this.#names}`);
    const service = its.issues ? { service: 'pin-sale' } : {};
    return { ...item, entry: { ...this.#own(item).entry, ...service } };
  }

  /** With this history's own terminal in its entry and key. */
  #own({ entry }: BatchItem): { entry: BatchItem['entry'] } {
    const { terminal } = this.#said();
    return {
      entry: { ...entry, terminal, product: terminal, key: entry.key.replace(entry.terminal, terminal) },
    };
  }

  async #sell(stan: number, items: readonly Asked[]): Promise<void> {
    if (this.#batches.has(stan)) return this.#agrees(stan);
    const batch = batchOf(
      stan,
      items.map((its, at) => this.#item(stan, at + 1, its)),
      { terminal: this.#product },
    );
    const result = await this.#store.sellBatch(batch);
    if (this.#tombstones.delete(stan)) {
      this.#t.equal(result.kind, 'tombstone');
      const id = result.kind === 'tombstone' ? result.id : 0;
      this.#batches.set(stan, { id, batch, items: [] });
      return;
    }
    if (result.kind !== 'entered') throw new Error(result.kind);
    const entered = result.items.map((its, at): ModelItem => {
      const asked = items[at];
      const attempt = batch.items[at]?.way === 'supplier' ? batch.items[at].attempt : undefined;
      const pins: string[] = [];
      let state: TransactionState = 'declined';
      if (asked?.way === 'supplier') state = 'pending';
      if (asked?.way === 'stock') {
        const next = [...this.#custody].filter(([, custody]) => custody === 'stock').slice(0, asked.quantity);
        const enough = next.length === asked.quantity;
        this.#t.equal(its.kind, enough ? 'sold' : 'out-of-stock');
        if (enough) for (const [serial] of next) pins.push(this.#move(serial, 'sold'));
        if (enough) state = 'approved';
        if (its.kind === 'sold')
          this.#t.strictSame(
            its.pins.map(({ serial }) => serial),
            pins,
          );
      }
      return { id: its.id, reference: attempt?.reference ?? '', state, pins };
    });
    this.#batches.set(stan, { id: result.id, batch, items: entered });
    for (const [at, its] of items.entries()) {
      const item = entered[at];
      if (its.way === 'supplier' && its.end !== 'left' && item) await this.#close(item, its.end, its.issues);
    }
  }

  #move(serial: string, to: Custody): string {
    this.#custody.set(serial, to);
    return serial;
  }

  async #close(item: ModelItem, end: 'approved' | 'declined' | 'doubt', issues: boolean): Promise<void> {
    const { id, reference } = item;
    if (end === 'approved') {
      const pin = { ...issuedPin(id, this.#product), serial: reference, mark: reference };
      const issued = issues ? [pin] : [];
      await this.#store.close(closing(id, { reference, issued, outcome: APPROVED }));
      item.state = 'approved';
      if (issues) item.pins.push(this.#move(reference, 'sold'));
      return;
    }
    const state = end === 'declined' ? 'declined' : 'reversing';
    await this.#store.close(closing(id, { reference, state, outcome: REFUSED }));
    item.state = state;
  }

  async #reverse(stan: number, named: readonly number[] | undefined): Promise<void> {
    this.#names += 1;
    const entry = reversalEntry(900_000 + this.#names, { terminal: this.#product });
    const known = this.#batches.get(stan);
    const cited = known?.batch ?? batchOf(stan, [], { terminal: this.#product });
    const items = named && { numbers: named, amount: null };
    const query = citationOf(cited.entry, { amount: null });
    const result = await this.#store.reverse(reversing(entry, query, { items, now: entry.receivedAt }));
    if (!known) {
      this.#t.equal(result.kind, 'unknown');
      this.#tombstones.add(stan);
      return;
    }
    const numbers = named ?? known.items.map((_, at) => at + 1);
    if (known.items.length > 0 && numbers.some((number) => number > known.items.length)) {
      this.#t.equal(result.kind, 'refused');
      return;
    }
    const undone = known.items.filter(
      ({ state }, at) => numbers.includes(at + 1) && (state === 'approved' || state === 'pending'),
    );
    this.#t.equal(result.kind, undone.length > 0 ? 'reversed' : 'nothing-to-undo');
    for (const item of undone) {
      item.state = item.reference === '' ? 'reversed' : 'reversing';
      for (const serial of item.pins) this.#move(serial, 'quarantined');
    }
  }

  /** As recovery does: nobody is at work on what is pending. */
  async #recover(): Promise<void> {
    const left = new Map((await this.#store.pending()).map((one) => [one.id, one]));
    for (const { id, items } of this.#batches.values()) {
      this.#t.notOk(left.has(id), 'a batch is never recovered itself');
      for (const item of items) {
        if (item.state !== 'pending') continue;
        this.#t.ok(left.has(item.id));
        await this.#close(item, 'doubt', false);
      }
    }
  }

  async #acknowledge(): Promise<void> {
    for (const { items } of this.#batches.values()) {
      for (const item of items) {
        if (item.state !== 'reversing') continue;
        await this.#store.settleForwarding(item.id);
        item.state = 'reversed';
      }
    }
  }

  /** A repeat changes nothing, and tells what the model has. */
  async #agrees(stan: number): Promise<void> {
    const known = this.#batches.get(stan);
    if (!known) return;
    const repeat = await this.#store.sellBatch(known.batch);
    this.#t.match(repeat, { kind: 'repeat', transaction: { id: known.id } });
    const stored = await this.#store.batch(known.id);
    this.#t.equal(stored?.batch.state, batchState(known.items.map(({ state }) => state)));
    this.#t.strictSame(
      stored?.items.map(({ id, state, pins }) => [id, state, pins.map(({ serial }) => serial)]),
      known.items.map(({ id, state, pins }) => [id, state, pins]),
    );
  }

  async allAgrees(): Promise<void> {
    for (const stan of this.#batches.keys()) await this.#agrees(stan);
    const stored = (await this.#store.levels()).filter(({ product }) => product === this.#product);
    const counts = new Map<string, number>();
    for (const custody of this.#custody.values()) counts.set(custody, (counts.get(custody) ?? 0) + 1);
    this.#t.strictSame(new Map(stored.map(({ custody, count }) => [custody, count])), counts);
  }
}

t.test(
  'every history leaves each item and each PIN where the model has it, and the books right',
  async (t) => {
    const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
    t.teardown(() => store.shutdown());
    let histories = 0;
    const property = fc.asyncProperty(
      fc.array(action, { minLength: 5, maxLength: 40, size: 'max' }),
      async (steps) => {
        histories += 1;
        const history = new History(t, store, `B${histories}`);
        for (const step of steps) await history.run(step);
        await history.allAgrees();
        await booksAreRight(t, store);
      },
    );
    await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
  },
);

t.test('batches and reversals called all at once: no PIN goes to two, and the books are right', async (t) => {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  let histories = 0;
  const steps = fc.array(
    fc.record({ stan, count: fc.integer({ min: 1, max: 4 }), undo: fc.boolean(), named }),
    {
      minLength: 20,
      maxLength: 50,
    },
  );
  const property = fc.asyncProperty(steps, async (all) => {
    histories += 1;
    const product = `A${histories}`;
    const said = { terminal: product, product };
    await store.takeIn(chunkOf(intakeRows(0, 25, product), { intake: product }));
    const held: number[] = [];
    const run = async ({ stan, count, undo, named }: (typeof all)[number], index: number): Promise<void> => {
      const items = Array.from({ length: count }, (_, at) => stockItem(stan, at + 1, said));
      const batch = batchOf(stan, items, { terminal: product });
      if (undo) {
        const reversal = reversalEntry(900_000 + index, { terminal: product });
        const query = citationOf(batch.entry, { amount: null });
        await store.reverse(reversing(reversal, query, { items: named && { numbers: named, amount: null } }));
        return;
      }
      const result = await store.sellBatch(batch);
      if (result.kind !== 'entered') return;
      for (const item of result.items) if (item.kind === 'sold') held.push(...item.pins.map(({ id }) => id));
    };
    await Promise.all(all.map(run));
    t.equal(new Set(held).size, held.length);
    await booksAreRight(t, store);
  });
  await fc.assert(property, { numRuns: HISTORIES / 2, endOnFailure: true });
});
