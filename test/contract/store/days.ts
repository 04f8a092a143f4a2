/** The business day: what counts in which, cutovers, reconciliations, and what a day's settlement is made of. */
import type { Test } from 'tap';
import { type Figures, NO_FIGURES } from '../../../src/domain/settling.js';
import type { JournalEntry, ReconcileResult, Reconciling, Store } from '../../../src/store/store.js';
import { booksAreRight, type NewPlace, type Part } from '../place.js';
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

const MISMATCH = { ...APPROVED, reason: 'reconciliation-error' } as const;

export const days: Part = async (t, place) => {
  t.test('a day counts what was approved in it, and once more what was undone in it', async (t) => {
    const store = await stocked(t, place);
    const sold = await sale(store, 1);
    await sale(store, 2, { terminal: 'TERM0002', amount: 700 });
    const credit = creditEntry(3, { amount: 500 });
    await store.close(closing(idOf(await store.open(opening(credit)))));
    await store.decline(entryOf({ stan: '000004' }), REFUSED);
    t.match(await figures(store, { terminal: 'TERM0001' }), { debits: 2, debitAmount: 1_500 });
    await store.reverse(reversing(reversalEntry(8), citationOf(sold)));
    await store.reverse(reversing(reversalEntry(9), citationOf(sold)));
    const own = { debits: 2, debitAmount: 1_500, debitReversals: 1, debitReversalAmount: 1_000 };
    t.strictSame(await figures(store, { terminal: 'TERM0001' }), { ...NO_FIGURES, ...own });
    t.match(await figures(store, {}, 'acquirer'), { ...own, debits: 3, debitAmount: 2_200 });
    t.strictSame(await figures(store, { terminal: 'TERM0009' }), NO_FIGURES);
    t.strictSame(await figures(store, { acquirer: '000002' }, 'acquirer'), NO_FIGURES);
    await booksAreRight(t, store);
  });

  t.test('a cutover is a boundary: what comes after it is of the next day, over a restart', async (t) => {
    const here = await place(t);
    const before = await here.open();
    await before.takeIn(chunkOf(intakeRows(0, 10)));
    await sale(before, 1);
    t.match(await before.cutover('20260301', 'ann'), {
      kind: 'closed',
      cutover: { id: 1, day: '20260301', sales: { after: 0, last: 1 }, by: 'ann' },
    });
    await before.shutdown();
    const store = await here.open();
    t.match(await figures(store), NO_FIGURES);
    await sale(store, 2, { amount: 300 });
    t.match(await figures(store), { debits: 1, debitAmount: 300 });
    t.match(await figures(store, {}, 'terminal', '20260301'), { debits: 1, debitAmount: 1_000 });
    for (const day of ['20260301', '20260228']) {
      t.match(await store.cutover(day, 'bob'), { kind: 'closed-before', cutover: { id: 1, by: 'ann' } });
    }
    t.match(await store.cutover('20260303', 'ann'), { kind: 'closed', cutover: { id: 2 } });
    t.match(await figures(store, {}, 'terminal', '20260303'), { debits: 1, debitAmount: 300 });
    t.match(await store.cutovers(5), [{ day: '20260303' }, { day: '20260301' }]);
    t.strictSame((await ask(store, {}, 'terminal', '20260302')).kind, 'unknown-day');
  });

  t.test('what is pending across a cutover counts in the day that learned of it', async (t) => {
    const store = await stocked(t, place);
    const ids: number[] = [];
    for (const stan of [1, 2, 3]) {
      const reference = `REF${stan}`;
      ids.push(idOf(await store.open(opening(creditEntry(stan), { reference, doubt: 'inquiry' }))));
    }
    await store.cutover('20260301', 'ann');
    await store.close(closing(ids[0] ?? 0));
    await store.close(closing(ids[1] ?? 0, { reference: 'REF2', state: 'declined', outcome: REFUSED }));
    await store.reverse(reversing(reversalEntry(9), citationOf(creditEntry(3))));
    t.match(await figures(store), { debits: 1, debitAmount: 1_000, debitReversals: 0 });
    await store.cutover('20260302', 'ann');
    // The third was undone while it was asked for; its supplier did it, and cannot undo it: it stands after all.
    t.match(await store.close(closing(ids[2] ?? 0, { reference: 'REF3' })), { kind: 'stands' });
    t.match(await figures(store), { debits: 1, debitReversals: 0 });
    t.match(await figures(store, {}, 'terminal', '20260301'), { debits: 0 });
    t.match(await figures(store, {}, 'terminal', '20260302'), { debits: 1 });
    await booksAreRight(t, store);
  });

  t.test('a reversal that comes after its day was closed counts in its own day', async (t) => {
    const store = await stocked(t, place);
    const sold = await sale(store, 1);
    const credit = creditEntry(2);
    await store.close(closing(idOf(await store.open(opening(credit)))));
    await store.cutover('20260301', 'ann');
    await store.reverse(reversing(reversalEntry(8), citationOf(sold)));
    await store.reverse(reversing(reversalEntry(9), citationOf(credit)));
    await store.reverse(reversing(reversalEntry(10), citationOf(entryOf({ stan: '999999' }))));
    const undone = { debits: 0, debitReversals: 2, debitReversalAmount: 2_000 };
    t.match(await figures(store), undone, 'though the supplier has not acknowledged yet');
    await store.settleForwarding(2);
    t.match(await figures(store), undone, 'nor more when it has');
    t.match(await figures(store, {}, 'terminal', '20260301'), { debits: 2, debitReversals: 0 });
  });

  t.test('figures said are held against ours; the answer stands, and a repeat has the same', async (t) => {
    const store = await stocked(t, place);
    const sold = await sale(store, 1);
    await sale(store, 2);
    await store.reverse(reversing(reversalEntry(8), citationOf(sold)));
    for (const [said, agreed] of [
      [{ debits: 2, debitReversals: 1, debitAmount: 2_000, debitReversalAmount: 1_000 }, true],
      [{ debits: 1, debitAmount: 1_000, net: -1_000 }, true],
      [{ debits: 2, debitAmount: 2_000 }, false],
      [{ debits: 1, debitAmount: 1_001 }, false],
      [{ debits: 1, credits: 1 }, false],
      [{ net: 1_000 }, false],
    ] as const) {
      const result = await ask(store, {}, 'terminal', '', said);
      t.match(
        result,
        { kind: 'reconciled', reconciliation: { agreed, currency: '840' } },
        JSON.stringify(said),
      );
    }
    const reconciling = asked({}, 'terminal', '', { debits: 7 });
    const first = await store.reconcile(reconciling);
    await sale(store, 3);
    const repeat = await store.reconcile(reconciling);
    t.match(repeat, { kind: 'repeat', transaction: { state: 'declined', outcome: MISMATCH } });
    t.strictSame(
      repeat.kind === 'repeat' && repeat.reconciliation,
      first.kind === 'reconciled' && first.reconciliation,
    );
    const other = { ...reconciling, entry: { ...reconciling.entry, fingerprint: 'x' } };
    t.strictSame(await store.reconcile(other), { kind: 'conflict' });
  });

  t.test('several currencies are told apart, and one has to be named', async (t) => {
    const store = await stocked(t, place);
    await sale(store, 1);
    await sale(store, 2, { currency: '978', amount: 50 });
    const { entry, ...rest } = asked({}, 'terminal', '', { debits: 1 });
    t.strictSame(await store.reconcile({ entry, ...rest, currency: '' }), { kind: 'several-currencies' });
    t.match(await store.reconcile({ entry, ...rest, currency: '978' }), {
      kind: 'reconciled',
      reconciliation: { agreed: true, figures: { debitAmount: 50 } },
    });
  });

  t.test("a day's settlement is what its cutover holds, page by page, the same at any time", async (t) => {
    const store = await stocked(t, place);
    const sold = await sale(store, 1);
    await sale(store, 2);
    const credit = creditEntry(3);
    await store.open(opening(credit));
    await store.cutover('20260301', 'ann');
    const read = async (day: string) => {
      const found = (await store.cutovers(9)).find((one) => one.day === day);
      if (!found) throw new Error('no such day');
      return [
        ...(await paged((after) => store.soldAtOnce({ ...found.sales, after }, 1), found.sales)),
        ...(await paged((after) => store.settledLater({ ...found.settlings, after }, 1), found.settlings)),
      ];
    };
    t.strictSame(await read('20260301'), ['done 1', 'done 2']);
    await store.close(closing(3));
    await store.reverse(reversing(reversalEntry(8), citationOf(sold)));
    await store.cutover('20260302', 'ann');
    t.strictSame(await read('20260301'), ['done 1', 'done 2']);
    t.strictSame(await read('20260302'), ['done 3', 'undone 1']);
  });
};

async function stocked(t: Test, place: NewPlace): Promise<Store> {
  const store = await (await place(t)).open();
  await store.takeIn(chunkOf(intakeRows(0, 10)));
  return store;
}

async function sale(store: Store, stan: number, said: Partial<JournalEntry> = {}): Promise<JournalEntry> {
  const entry = entryOf({ stan: String(stan).padStart(6, '0'), ...said });
  const { kind } = await store.sell({ entry, outcome: APPROVED, today: '20260301' });
  if (kind !== 'sold') throw new Error(kind);
  return entry;
}

let asking = 0;

function asked(
  said: Partial<JournalEntry>,
  scope: Reconciling['scope'],
  day: string,
  claims: Reconciling['said'],
): Reconciling {
  asking += 1;
  const stan = String(900_000 + asking);
  const own = { stan, messageClass: '5', service: 'reconciliation', product: '', quantity: 0, amount: 0 };
  const entry = entryOf({ ...own, currency: '', ...said });
  return { entry, day, scope, currency: '', said: claims, accepted: APPROVED, mismatch: MISMATCH };
}

function ask(
  store: Store,
  said: Partial<JournalEntry> = {},
  scope: Reconciling['scope'] = 'terminal',
  day = '',
  claims: Reconciling['said'] = {},
): Promise<ReconcileResult> {
  return store.reconcile(asked(said, scope, day, claims));
}

/** Our own figures. */
async function figures(...args: Parameters<typeof ask>): Promise<Figures> {
  const result = await ask(...args);
  if (result.kind !== 'reconciled') throw new Error(result.kind);
  return result.reconciliation.figures;
}

async function paged(
  page: (after: number) => ReturnType<Store['soldAtOnce']>,
  { after: begin, last }: { readonly after: number; readonly last: number },
): Promise<string[]> {
  const found: string[] = [];
  for (let after = begin; after < last; ) {
    const one = await page(after);
    found.push(
      ...one.settled.map(({ done, transaction }) => `${done ? 'done' : 'undone'} ${transaction.id}`),
    );
    after = one.after;
  }
  return found;
}
