/** Whether a hub's books may be a backup's: over a real store, its contacts made by hand. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { Freshness } from '../../../src/hub/server/freshness.js';
import { CONFIRMED, HUB_LIMITS } from '../../../src/hub/server/settings.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import type { HubContact, Store } from '../../../src/store/store.js';
import { scratch } from '../../support/process.js';

const LAST = 1_800_000_000_000;
const LINK = 'a'.repeat(32);
const NOTHING: Omit<HubContact, 'switchId' | 'at'> = {
  ...{ epoch: 1, contact: 1, link: '', nextLink: LINK, transfer: 0, recall: 0, after: 0, change: 0 },
  ...{ changes: [], afterJournal: 0, journal: 0, afterSettling: 0, settling: 0, sales: [], leases: [] },
  statement: undefined,
};

/** Two switches that were heard, and one that never was. */
async function booksOf(t: Test): Promise<{ store: Store; north: number; south: number }> {
  const store = await openSqliteStore({ file: join(scratch(t), 'switch.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  const enrolled = async (name: string): Promise<number> => {
    const code = { codeSha256: name, expiresAt: LAST, certificateSha256: '' };
    await store.invite({ name, ...code, at: 1 });
    const keys = { publicKey: name, tokenSha256: name, certificateSha256: '' };
    const result = await store.enrol({ codeSha256: name, ...keys, at: 1 });
    return result.kind === 'enrolled' ? result.id : 0;
  };
  const [north, south] = [await enrolled('north'), await enrolled('south')];
  await enrolled('new');
  for (const switchId of [north, south])
    t.equal((await store.contact({ ...NOTHING, switchId, at: LAST })).kind, 'accepted');
  return { store, north, south };
}

function opened(store: Store, at: number): Promise<Freshness> {
  const clock: Clock = { ...systemClock, now: () => at };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  return Freshness.open(store, clock, log, HUB_LIMITS.booksAgeMax);
}

t.test('an ordinary restart waits for nobody', async (t) => {
  const { store } = await booksOf(t);
  t.equal((await opened(store, LAST + HUB_LIMITS.booksAgeMax)).awaited, 0);
});

t.test(
  'books that end long before the start wait until every switch that was heard is heard again',
  async (t) => {
    const { store, north, south } = await booksOf(t);
    const freshness = await opened(store, LAST + HUB_LIMITS.booksAgeMax + 1);
    t.equal(freshness.awaited, 2, 'one that never called has nothing');
    await freshness.heard(north);
    t.equal(freshness.awaited, 1);
    await freshness.heard(north);
    t.equal(freshness.awaited, 1);
    await freshness.heard(south);
    t.equal(freshness.awaited, 0);
  },
);

t.test('a switch that was retired is not waited for', async (t) => {
  const { store, north } = await booksOf(t);
  const freshness = await opened(store, LAST + 3_600_000);
  await store.retire({ name: 'south', by: 'ann', why: 'burnt', at: LAST });
  await freshness.heard(north);
  t.equal(freshness.awaited, 0);
});

t.test('a confirmation counts from the start on, not one of before', async (t) => {
  const { store, north } = await booksOf(t);
  const start = LAST + 3_600_000;
  const freshness = await opened(store, start);
  await store.setSetting(CONFIRMED, String(start - 1));
  await freshness.heard(north);
  t.equal(freshness.awaited, 1);
  await store.setSetting(CONFIRMED, String(start));
  await freshness.heard(north);
  t.equal(freshness.awaited, 0);
});
