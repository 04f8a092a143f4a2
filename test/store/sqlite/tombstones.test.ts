/** Tombstones past what is held in memory: each opening asks the table, and nothing is missed. */
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { citationOf, entryOf, REFUSED, reversalEntry, reversing } from '../../contract/sample.js';

t.test('a late original meets its tombstone when there are more than memory holds', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock, limits: { tombstonesMax: 3 } });
  t.teardown(() => store.shutdown());
  const lates = [1, 2, 3, 4, 5, 6].map((n) => entryOf({ stan: `00000${n}`, rrn: `R${n}` }));
  for (const [index, late] of lates.entries()) {
    await store.reverse(reversing(reversalEntry(10 + index), citationOf(late), { now: late.receivedAt }));
  }
  for (const late of lates) t.equal((await store.decline(late, REFUSED)).kind, 'tombstone');
  t.equal((await store.decline(entryOf({ stan: '000099', rrn: 'R99' }), REFUSED)).kind, 'opened');
});

t.test('an original that comes later than tombstones are kept is a transaction', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock, limits: { tombstoneMs: 1_000 } });
  t.teardown(() => store.shutdown());
  const late = entryOf({});
  await store.reverse(reversing(reversalEntry(9), citationOf(late), { now: late.receivedAt - 2_000 }));
  t.equal((await store.decline(late, REFUSED)).kind, 'opened');
});
