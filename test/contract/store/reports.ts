/** Reading the journal at large: spans of time, pages, sums. */
import type { Test } from 'tap';
import type {
  Effects,
  JournalFilter,
  Store,
  StoredTransaction,
  SumLine,
  SumQuery,
} from '../../../src/store/store.js';
import type { NewPlace, Part } from '../place.js';
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

const NOON = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
const ANY: JournalFilter = {
  from: 0,
  to: 0,
  merchant: '',
  terminal: '',
  product: '',
  supplier: '',
  service: '',
  state: '',
  reason: '',
};

const CHARGE: Effects = {
  postings: [
    { account: 'merchant:M1', currency: '840', amount: -950, floor: null },
    { account: 'supplier:', currency: '840', amount: 1_000, floor: null },
    { account: 'commission:M1', currency: '840', amount: -50, floor: null },
  ],
  usage: [],
};

export const reports: Part = async (t, place) => {
  t.test('pages tell everything once, in order, whatever their size', async (t) => {
    const store = await filled(t, place);
    const all = await pages(store, ANY, 100);
    t.strictSame(
      all.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6],
    );
    for (const limit of [1, 2, 4]) t.strictSame(await pages(store, ANY, limit), all);
    const whole = await store.span(0, 0);
    t.match(await store.page({ filter: ANY, limit: 10, ...whole, after: 4 }), {
      transactions: [{ id: 5 }, { id: 6 }],
      after: whole.last,
    });
  });

  t.test('a filter chooses, each member for itself and all together', async (t) => {
    const store = await filled(t, place);
    for (const [said, ids] of [
      [{ service: 'reversal' }, [5]],
      [{ terminal: 'TERM0002' }, [2]],
      [{ product: 'TOPUP' }, [3, 4, 6]],
      [{ supplier: 'stock' }, [1, 2]],
      [{ supplier: 'acme' }, [3, 4, 6]],
      [{ state: 'reversed' }, [1]],
      [{ reason: 'supplier-refused' }, [4]],
      [{ from: NOON + 2 * HOUR }, [3, 4, 6]],
      [{ from: NOON, to: NOON + 2 * HOUR }, [1, 2]],
      [{ product: 'TOPUP', state: 'pending', from: NOON }, [6]],
      [{ merchant: 'NOBODY' }, []],
    ] as const) {
      const found = await pages(store, { ...ANY, ...said }, 100);
      t.strictSame(
        found.map(({ id }) => id),
        ids,
        JSON.stringify(said),
      );
    }
  });

  t.test('a span is found though some were received in another order than entered', async (t) => {
    const store = await (await place(t)).open();
    const minutes = [0, 3, 1, 2, 60, 61, 59, 180];
    for (const [at, minute] of minutes.entries()) {
      await store.decline(entryOf({ stan: `00010${at}`, receivedAt: NOON + minute * 60_000 }), REFUSED);
    }
    const filter = { ...ANY, from: NOON + 59 * 60_000, to: NOON + 61 * 60_000 };
    const found = await pages(store, filter, 100);
    t.strictSame(
      found.map(({ stan }) => stan),
      ['000104', '000106'],
    );
    t.strictSame(await pages(store, { ...ANY, from: NOON + 24 * HOUR }, 100), []);
  });

  t.test('an empty journal has an empty span', async (t) => {
    const store = await (await place(t)).open();
    t.strictSame(await store.span(0, 0), { after: 0, last: 0 });
    t.strictSame(await store.span(NOON, NOON + HOUR), { after: 0, last: 0 });
    t.strictSame(await store.sumStock(0), { lines: [], after: 0 });
  });

  t.test(
    'sales are summed by what stands, what was undone, what was declined and what is open',
    async (t) => {
      const store = await filled(t, place);
      t.strictSame(await sums(store, { by: ['product'] }), [
        { keys: ['TALK10'], currency: '840', figures: [1, 1_000, 1, 1_000, 0, 0] },
        { keys: ['TOPUP'], currency: '840', figures: [1, 1_000, 0, 0, 1, 1] },
      ]);
      t.strictSame(
        (await sums(store, { by: ['day', 'supplier'], utcOffsetMinutes: 11 * 60 })).map(({ keys }) => keys),
        [
          ['20260301', 'stock'],
          ['20260302', 'acme'],
          ['20260302', 'stock'],
        ],
        'days begin where the offset says',
      );
      t.strictSame(await sums(store, { by: [], filter: { ...ANY, supplier: 'acme' } }), [
        { keys: [], currency: '840', figures: [1, 1_000, 0, 0, 1, 1] },
      ]);
    },
  );

  t.test('commission is what sales that stand paid', async (t) => {
    const store = await filled(t, place);
    const by = ['merchant'] as const;
    const whole = await store.span(0, 0);
    const { lines } = await store.sumCommission({ filter: ANY, by, utcOffsetMinutes: 0, ...whole });
    t.strictSame(lines, [{ keys: ['MERCHANT0000001'], currency: '840', figures: [2, 2_000, 100] }]);
  });

  t.test('stock is counted by product, supplier and custody', async (t) => {
    const store = await filled(t, place);
    t.strictSame(await store.sumStock(0), {
      lines: [
        { product: 'TALK10', supplier: 'acme', custody: 'quarantined', count: 1 },
        { product: 'TALK10', supplier: 'acme', custody: 'sold', count: 1 },
        { product: 'TALK10', supplier: 'acme', custody: 'stock', count: 3 },
      ],
      after: 0,
    });
  });
};

/** Two sales from stock an hour apart, the first one reversed; three credits: approved, declined, open. */
async function filled(t: Test, place: NewPlace): Promise<Store> {
  const store = await (await place(t)).open();
  await store.takeIn(chunkOf(intakeRows(0, 5)));
  const sale = { outcome: APPROVED, today: '20260301', effects: CHARGE };
  const first = entryOf({ receivedAt: NOON });
  await store.sell({ ...sale, entry: first });
  const second = entryOf({ terminal: 'TERM0002', stan: '000002', receivedAt: NOON + HOUR });
  await store.sell({ ...sale, entry: second });
  const later = { receivedAt: NOON + 2 * HOUR };
  const approved = await store.open(opening(creditEntry(3, later), { effects: CHARGE }));
  await store.close(closing(idOf(approved)));
  const declined = await store.open(opening(creditEntry(4, later), { reference: 'REF2', effects: CHARGE }));
  const end = { reference: 'REF2', state: 'declined', outcome: REFUSED } as const;
  await store.close(closing(idOf(declined), end));
  await store.reverse(reversing(reversalEntry(5, { receivedAt: NOON - HOUR }), citationOf(first)));
  await store.open(opening(creditEntry(6, later), { reference: 'REF3' }));
  return store;
}

async function pages(store: Store, filter: JournalFilter, limit: number): Promise<StoredTransaction[]> {
  const { after: begin, last } = await store.span(filter.from, filter.to);
  const found: StoredTransaction[] = [];
  for (let after = begin; after < last; ) {
    const page = await store.page({ filter, after, last, limit });
    found.push(...page.transactions);
    after = page.after;
  }
  return found;
}

async function sums(store: Store, said: Partial<SumQuery>): Promise<readonly SumLine[]> {
  const whole = await store.span(0, 0);
  const query = { filter: ANY, by: [], utcOffsetMinutes: 0, ...whole, ...said };
  const { lines, after } = await store.sumSales(query);
  if (after !== whole.last) throw new Error('more than one portion');
  return lines;
}
