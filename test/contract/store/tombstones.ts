/** A reversal before its original: recorded, answered, and met by the original whenever it comes. */
import type { JournalEntry, OriginalQuery } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  creditEntry,
  entryOf,
  intakeRows,
  NO_QUERY,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
  UNKNOWN,
} from '../sample.js';

const RECEIVED = 1_772_366_400_000;
const early = (stan: number, query: OriginalQuery) =>
  reversing(reversalEntry(stan), query, { now: RECEIVED - 5_000 });

export const tombstones: Part = async (t, place) => {
  t.test(
    'declines the late original of each verb as reversed, once; its repeat is told the same',
    async (t) => {
      const store = await (await place(t)).open();
      await store.takeIn(chunkOf(intakeRows(0, 2)));
      const [sale, credit, refused] = [entryOf({}), creditEntry(2), entryOf({ stan: '000003' })];
      for (const [index, entry] of [sale, credit, refused].entries()) {
        const result = await store.reverse(early(10 + index, citationOf(entry)));
        t.equal(result.kind, 'unknown');
        const [row] = await store.find({ stan: `0000${10 + index}`, limit: 1 });
        t.match(row, { state: 'declined', outcome: UNKNOWN, originalId: 0 });
      }
      const sold = await store.sell({ entry: sale, outcome: APPROVED, today: '20260301' });
      const opened = await store.open(opening(credit));
      const declined = await store.decline(refused, REFUSED);
      for (const result of [sold, opened, declined]) t.equal(result.kind, 'tombstone');
      const reversed = { state: 'declined', outcome: { reason: 'reversed' }, pins: [] };
      t.match(await store.sell({ entry: sale, outcome: APPROVED, today: '20260301' }), {
        kind: 'repeat',
        transaction: reversed,
      });
      t.match(await store.open(opening(credit)), { kind: 'repeat', transaction: reversed });
      t.strictSame(await store.pending(), []);
      t.match(await store.audit(), { byCustody: { stock: 2, sold: 0 } });
      await booksAreRight(t, store);
    },
  );

  t.test('meets a late original also where the clock was set ten days on in between', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({});
    await store.reverse(early(9, citationOf(entry)));
    const late = { ...entry, receivedAt: RECEIVED + 10 * 86_400_000 };
    t.match(await store.open(opening(late)), { kind: 'tombstone' });
  });

  t.test('meets only its own original: another day, class or time is another transaction', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({});
    await store.reverse(early(9, citationOf(entry)));
    const others: Partial<JournalEntry>[] = [
      { localDate: '20260302' },
      { messageClass: '1' },
      { localTime: '130000' },
      { transmittedAt: '0301130000' },
      { terminal: 'TERM0002' },
      { merchant: 'OTHER' },
      { acquirer: '7' },
      { stan: '000007' },
      { amount: 7 },
    ];
    for (const [index, said] of others.entries()) {
      const other = entryOf(said);
      const result = await store.decline({ ...other, key: `${other.key}/${index}` }, REFUSED);
      t.equal(result.kind, 'opened', JSON.stringify(said));
    }
    t.equal((await store.decline(entry, REFUSED)).kind, 'tombstone');
  });

  t.test('is met once', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({ localTime: '', transmittedAt: '' });
    await store.reverse(early(9, citationOf(entry)));
    t.equal((await store.decline(entry, REFUSED)).kind, 'tombstone');
    t.equal((await store.decline(entryOf({ localTime: '150000' }), REFUSED)).kind, 'opened');
  });

  t.test('is met by a resend, whose DE7 is a little later', async (t) => {
    const store = await (await place(t)).open();
    await store.reverse(early(9, citationOf(entryOf({}))));
    t.equal((await store.decline(entryOf({ transmittedAt: '0301120130' }), REFUSED)).kind, 'tombstone');
  });

  t.test('is met by RRN, terminal and merchant too', async (t) => {
    const store = await (await place(t)).open();
    const query = { ...NO_QUERY, merchant: 'MERCHANT0000001', rrn: 'R7' };
    await store.reverse(early(9, query));
    t.equal((await store.decline(entryOf({ rrn: 'R7', terminal: 'TERM0002' }), REFUSED)).kind, 'opened');
    t.equal((await store.decline(entryOf({ rrn: 'R7', stan: '000002' }), REFUSED)).kind, 'tombstone');
  });

  t.test('waits over a restart, and is seen by another store on the same data', async (t) => {
    const here = await place(t);
    const [one, other] = [await here.open(), await here.open()];
    await one.reverse(early(8, citationOf(entryOf({}))));
    await one.reverse(early(9, citationOf(entryOf({ stan: '000002' }))));
    t.equal((await other.decline(entryOf({}), REFUSED)).kind, 'tombstone');
    await one.shutdown();
    const after = await here.open();
    t.equal((await after.decline(entryOf({ stan: '000002' }), REFUSED)).kind, 'tombstone');
  });

  t.test('stands before its original in one group', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1);
    const results = await Promise.all([
      store.reverse(early(9, citationOf(entry))),
      store.open(opening(entry)),
      store.open(opening(entry)),
    ]);
    t.match(results, [{ kind: 'unknown' }, { kind: 'tombstone' }, { kind: 'repeat' }]);
  });
};
