/** How a reversal finds its original: citation, then RRN, then approval code; the newest that fits. */
import type { JournalEntry, OriginalQuery, Store } from '../../../src/store/store.js';
import type { Part } from '../place.js';
import {
  APPROVED,
  citationOf,
  closing,
  creditEntry,
  entryOf,
  NO_QUERY,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../sample.js';
import { idOf } from './closing.js';

let stan = 500_000;

/** Declined originals: found, and nothing to undo. Their ids in order. */
async function declined(store: Store, ...entries: JournalEntry[]): Promise<number[]> {
  const ids: number[] = [];
  for (const entry of entries) ids.push(idOf(await store.decline(entry, REFUSED)));
  return ids;
}

/** Id of the original that is found, by who only asks as by who reverses; undefined where none is. */
async function found(store: Store, query: OriginalQuery): Promise<number | undefined> {
  stan += 1;
  const asked = await store.original(query, 'transaction');
  const result = await store.reverse(reversing(reversalEntry(stan), query));
  const id = 'original' in result ? result.original.id : undefined;
  if (asked?.id !== id) throw new Error(`asked for: ${asked?.id}, reversed: ${id}`);
  return id;
}

export const originals: Part = async (t, place) => {
  t.test('by citation: every part that is cited must fit', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({ stan: '000042', rrn: 'R42' });
    const [id] = await declined(store, entry);
    const query = citationOf(entry);
    t.equal(await found(store, query), id);
    t.equal(await found(store, { ...query, dates: ['20260302', '20260301'] }), id, 'on one of the days');
    for (const unsaid of ['acquirer', 'merchant', 'messageClass', 'transmittedAt', 'localTime'] as const) {
      t.equal(await found(store, { ...query, [unsaid]: '' }), id, `${unsaid} not cited`);
      t.equal(await found(store, { ...query, [unsaid]: '7' }), undefined, `another ${unsaid}`);
    }
    for (const [other, value] of [
      ['terminal', 'TERM0002'],
      ['stan', '000043'],
      ['amount', 999],
      ['dates', ['20260302']],
    ] as const) {
      t.equal(await found(store, { ...query, [other]: value }), undefined, `another ${other}`);
    }
    t.equal(await found(store, { ...query, amount: null }), id, 'amount not cited');
  });

  t.test('compares times only where both sides have them, and takes the newest', async (t) => {
    const store = await (await place(t)).open();
    const bare = entryOf({ localTime: '', transmittedAt: '' });
    const [first, second] = await declined(store, bare, entryOf({ localTime: '130000' }));
    t.equal(await found(store, citationOf(bare, { localTime: '110000' })), first);
    t.equal(await found(store, citationOf(bare, { localTime: '130000' })), second);
    t.equal(await found(store, citationOf(bare)), second);
  });

  t.test('DE7 of a resend is near enough, and the nearest counts', async (t) => {
    const store = await (await place(t)).open();
    const [first, second] = await declined(
      store,
      entryOf({ transmittedAt: '0301120010', localTime: '' }),
      entryOf({ transmittedAt: '0301120500', localTime: '120001', key: '20260301|000001|TERM0001|x' }),
    );
    const citing = (transmittedAt: string) => citationOf(entryOf({ transmittedAt, localTime: '' }));
    t.equal(await found(store, citing('0301120000')), first);
    t.equal(await found(store, citing('0301120600')), second);
    t.equal(await found(store, citing('0301130000')), undefined, 'an hour is another transaction');
    const [eve] = await declined(store, entryOf({ stan: '000009', transmittedAt: '1231235959' }));
    t.equal(await found(store, citationOf(entryOf({ stan: '000009', transmittedAt: '0101000030' }))), eve);
  });

  t.test('an RRN of a day that is not cited is another transaction', async (t) => {
    const store = await (await place(t)).open();
    const [id] = await declined(store, entryOf({ stan: '000042', rrn: 'R42' }));
    const query = { ...NO_QUERY, stan: '000099', rrn: 'R42' };
    t.equal(await found(store, { ...query, dates: ['20260302'] }), undefined);
    t.equal(await found(store, { ...query, dates: ['20260302', '20260301'] }), id);
  });

  t.test('a separator in a terminal’s name does not lead to another terminal', async (t) => {
    const store = await (await place(t)).open();
    const odd = entryOf({ terminal: 'A|B', stan: '000001' });
    const [id] = await declined(store, { ...odd, key: '20260301|000001|A\\|B|M|A|2|120000' });
    t.equal(await found(store, citationOf(odd)), id);
    t.equal(await found(store, citationOf(odd, { terminal: 'A' })), undefined);
  });

  t.test('by RRN, terminal and merchant where the citation leads nowhere', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({ stan: '000042', rrn: 'R42' });
    const [, id] = await declined(store, entryOf({ stan: '000041', rrn: 'R42', amount: 500 }), entry);
    const query = { ...NO_QUERY, merchant: entry.merchant, rrn: 'R42' };
    t.equal(await found(store, query), id, 'the newest');
    t.equal(await found(store, { ...query, stan: '000099', dates: ['20260301'] }), id);
    t.equal(await found(store, { ...query, amount: 999 }), undefined);
    t.not(await found(store, { ...query, amount: 500 }), id);
    t.equal(await found(store, { ...query, terminal: 'TERM0002' }), undefined);
    t.equal(await found(store, { ...query, merchant: 'OTHER' }), undefined);
  });

  t.test('by approval code, terminal, amount and account last', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1, { accountMark: 'mark' });
    const id = idOf(await store.open(opening(entry, { doubt: 'inquiry' })));
    await store.close(closing(id, { outcome: { ...APPROVED, approvalCode: 'AP1' } }));
    const query = { ...NO_QUERY, approvalCode: 'AP1', accountMark: 'mark', amount: entry.amount };
    t.equal(await found(store, query), id);
    t.equal(await found(store, { ...query, accountMark: 'other' }), undefined);
    t.equal(await found(store, { ...query, approvalCode: 'AP2' }), undefined);
    t.equal(await found(store, { ...query, terminal: 'TERM0002' }), undefined);
    t.equal(await found(store, { ...query, amount: 7 }), undefined);
  });

  t.test('a reversal is no original', async (t) => {
    const store = await (await place(t)).open();
    const entry = reversalEntry(1, { rrn: 'R1' });
    await store.reverse(reversing(entry, NO_QUERY));
    t.equal(await found(store, citationOf(entry)), undefined);
    t.equal(await found(store, { ...NO_QUERY, rrn: 'R1' }), undefined);
    const its = await store.original(citationOf(entry), 'reversal');
    t.match(its, { service: 'reversal', stan: entry.stan });
    t.equal((await store.original({ ...NO_QUERY, rrn: 'R1' }, 'reversal'))?.id, its?.id, 'asked for as such');
  });

  t.test('asking is told of what was handed over before it, and changes nothing', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({ stan: '000042', rrn: 'R42' });
    const [declining, asked] = await Promise.all([
      store.decline(entry, REFUSED),
      store.original(citationOf(entry), 'transaction'),
    ]);
    t.equal(asked?.id, idOf(declining));
    const before = await store.find({ limit: 100 });
    for (const query of [citationOf(entry), citationOf(entryOf({ stan: '000077' })), NO_QUERY])
      for (const of of ['transaction', 'reversal'] as const) await store.original(query, of);
    t.strictSame(await store.find({ limit: 100 }), before);
    t.not((await store.decline(entryOf({ stan: '000077' }), REFUSED)).kind, 'tombstone');
  });

  t.test(
    'finds transactions for the operator by STAN over all days, by RRN, by id, newest first',
    async (t) => {
      const store = await (await place(t)).open();
      const entries = [
        entryOf({ stan: '000042', rrn: 'R1', localDate: '20260301' }),
        entryOf({ stan: '000042', rrn: 'R2', localDate: '20260302', terminal: 'TERM0002' }),
        entryOf({ stan: '000043', rrn: 'R1', localDate: '20260302' }),
        entryOf({ stan: '000042', rrn: 'R3', localDate: '20251231' }),
      ];
      const [a, b, c, d] = await declined(store, ...entries);
      const ids = async (query: Parameters<Store['find']>[0]) =>
        (await store.find(query)).map((transaction) => transaction.id);
      t.strictSame(await ids({ stan: '000042', limit: 10 }), [d, b, a]);
      t.strictSame(await ids({ rrn: 'R1', limit: 10 }), [c, a]);
      t.strictSame(await ids({ rrn: 'R1', stan: '000042', limit: 10 }), [a]);
      t.strictSame(await ids({ id: c ?? 0, limit: 10 }), [c]);
      t.strictSame(await ids({ stan: '000099', limit: 10 }), []);
      t.strictSame(await ids({ limit: 2 }), [d, c]);
    },
  );
};
