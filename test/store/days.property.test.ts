/**
 * Business days, model-based: random histories of sales, supplier sales with every end, reversals, decisions by hand and
 * cutovers. What the days count, sales less reversals, is what stands approved in the journal, no more and no less; a
 * closed day's figures never change; and its settlement sums up to them.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { type Figures, NO_FIGURES } from '../../src/domain/settling.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Cutover, JournalEntry, SettledPage, Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
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
} from '../contract/sample.js';

const HISTORIES = 10;
const ENDS = ['approved', 'declined', 'undone', 'inquired', 'pending'] as const;
const stan = fc.integer({ min: 1, max: 6 });

type Step =
  | { readonly do: 'sell'; readonly stan: number }
  /** Of any of them. */
  | { readonly do: 'reverse'; readonly original: number }
  | { readonly do: 'supply'; readonly stan: number; readonly end: (typeof ENDS)[number] }
  | { readonly do: 'late'; readonly stan: number; readonly end: 'approved' | 'declined' }
  | { readonly do: 'resolve'; readonly stan: number; readonly as: 'done' | 'undone' }
  | { readonly do: 'cutover' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('sell' as const), stan }),
  fc.record({ do: fc.constant('reverse' as const), original: fc.integer({ min: 2, max: 13 }) }),
  fc.record({ do: fc.constant('supply' as const), stan, end: fc.constantFrom(...ENDS) }),
  fc.record({ do: fc.constant('late' as const), stan, end: fc.constantFrom('approved', 'declined') }),
  fc.record({ do: fc.constant('resolve' as const), stan, as: fc.constantFrom('done', 'undone') }),
  fc.record({ do: fc.constant('cutover' as const) }),
);

/** PINs of stock under the even numbers, credits at a supplier under the odd. */
function entryFor(stan: number): JournalEntry {
  const said = { amount: 100 + stan, receivedAt: systemClock.now() };
  const text = String(stan).padStart(6, '0');
  return stan % 2 === 0 ? entryOf({ stan: text, ...said }) : creditEntry(stan, said);
}

class History {
  readonly #store: Store;
  /** Figures of each day as they were when it was closed. */
  readonly closed = new Map<string, Figures>();
  #count = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  async run(step: Step): Promise<void> {
    this.#count += 1;
    switch (step.do) {
      case 'sell':
        await this.#store.sell({ entry: entryFor(2 * step.stan), outcome: APPROVED, today: '20260301' });
        return;
      case 'supply':
        return this.#supply(2 * step.stan + 1, step.end);
      case 'reverse':
        return this.#reverse(step.original);
      case 'late':
        return this.#end(2 * step.stan + 1, step.end);
      case 'resolve':
        return this.#resolve(2 * step.stan + 1, step.as);
      case 'cutover':
        return this.#cutover();
    }
  }

  async #supply(stan: number, end: (typeof ENDS)[number]): Promise<void> {
    const doubt = end === 'inquired' ? 'inquiry' : 'reversal';
    const opened = await this.#store.open(opening(entryFor(stan), { doubt, reference: `REF${stan}` }));
    if (opened.kind !== 'opened' || end === 'pending') return;
    if (end === 'inquired') await this.#store.inquire(opened.id, `REF${stan}`, 4_000);
    else await this.#end(stan, end);
  }

  async #end(stan: number, end: 'approved' | 'declined' | 'undone'): Promise<void> {
    const found = await this.#find(stan);
    if (!found) return;
    const state = end === 'undone' ? 'reversing' : end;
    const outcome = end === 'approved' ? APPROVED : REFUSED;
    await this.#store.close(closing(found.id, { reference: `REF${stan}`, state, outcome }));
  }

  async #reverse(stan: number): Promise<void> {
    const entry = reversalEntry(900_000 + this.#count);
    await this.#store.reverse(reversing(entry, citationOf(entryFor(stan))));
  }

  async #resolve(stan: number, as: 'done' | 'undone'): Promise<void> {
    const found = await this.#find(stan);
    const decision = { as, by: 'ann', why: 'asked', at: 9_000, approved: APPROVED, declined: REFUSED };
    if (found) await this.#store.resolve({ id: found.id, ...decision });
  }

  async #find(stan: number) {
    return (await this.#store.find({ stan: String(stan).padStart(6, '0'), limit: 1 }))[0];
  }

  async #cutover(): Promise<void> {
    const day = String(20260301 + this.closed.size);
    const before = await this.figures('');
    await this.#store.cutover(day, 'ann');
    this.closed.set(day, before);
  }

  /** Of a closed day, or of the open one. */
  async figures(day: string): Promise<Figures> {
    this.#count += 1;
    const stan = String(800_000 + this.#count);
    const own = { stan, messageClass: '5', service: 'reconciliation', product: '', quantity: 0, amount: 0 };
    const result = await this.#store.reconcile({
      entry: entryOf({ ...own, receivedAt: systemClock.now() }),
      day,
      scope: 'acquirer',
      currency: '840',
      said: {},
      accepted: APPROVED,
      mismatch: REFUSED,
    });
    if (result.kind !== 'reconciled') throw new Error(result.kind);
    return result.reconciliation.figures;
  }
}

async function settlementOf(store: Store, cutover: Cutover): Promise<Figures> {
  const figures = { ...NO_FIGURES };
  const add = ({ settled }: SettledPage): void => {
    for (const { done, transaction } of settled) {
      figures[done ? 'debits' : 'debitReversals'] += 1;
      figures[done ? 'debitAmount' : 'debitReversalAmount'] += transaction.amount;
    }
  };
  add(await store.soldAtOnce(cutover.sales, 1_000));
  add(await store.settledLater(cutover.settlings, 1_000));
  return figures;
}

t.test('days count exactly what stands, and closed ones never change', async (t) => {
  let at = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      at += 1;
      await check(t, steps, `history ${at}`);
    }),
    { numRuns: HISTORIES, endOnFailure: true },
  );
});

async function check(t: Test, steps: readonly Step[], name: string): Promise<void> {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock });
  try {
    await store.takeIn(chunkOf(intakeRows(0, 40)));
    const history = new History(store);
    for (const step of steps) await history.run(step);
    const days = [await history.figures('')];
    for (const [day, before] of history.closed) {
      t.strictSame(await history.figures(day), before, `${name}: ${day} as it was closed`);
      days.push(before);
    }
    for (const cutover of await store.cutovers(100)) {
      const settled = await settlementOf(store, cutover);
      t.strictSame(settled, history.closed.get(cutover.day), `${name}: settlement of ${cutover.day}`);
    }
    const approved = (await store.find({ limit: 1_000 })).filter(
      ({ state, service }) =>
        state === 'approved' && (service === 'pin-sale' || service === 'account-credit'),
    );
    const sum = (of: (figures: Figures) => number): number => days.reduce((all, one) => all + of(one), 0);
    const counted = [
      sum(({ debits, debitReversals }) => debits - debitReversals),
      sum(({ debitAmount, debitReversalAmount }) => debitAmount - debitReversalAmount),
    ];
    const stands = [approved.length, approved.reduce((all, { amount }) => all + amount, 0)];
    t.strictSame(counted, stands, `${name}: what stands`);
    await booksAreRight(t, store);
  } finally {
    await store.shutdown();
  }
}
