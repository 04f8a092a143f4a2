/** Sales beside those of other processes: the plan of claiming, and that no PIN goes twice. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { packageRoot } from '../../../src/base/root.js';
import { openPostgresStore } from '../../../src/store/postgres/index.js';
import { CLAIM } from '../../../src/store/postgres/sales.js';
import { booksAreRight } from '../../contract/place.js';
import { APPROVED, closing, saleEntry } from '../../contract/sample.js';
import { databaseFor } from '../../support/postgres.js';
import { childEnvironment } from '../../support/process.js';
import { stockedStore } from '../../support/stocked.js';

const PROCESS = join(packageRoot(), 'dist/test/store/postgres/selling-process.js');
const run = promisify(execFile);

async function opened(t: Test, pins: number) {
  const url = await databaseFor(t);
  const { store, client } = await stockedStore(t, url, pins);
  const one = async (sql: string): Promise<number> =>
    Number(Object.values((await client.query(sql)).rows[0])[0]);
  return { url, store, client, one };
}

t.test('a process that serves knows whether others do, as long as their sessions last', async (t) => {
  const url = await databaseFor(t);
  const open = (serves: boolean) => openPostgresStore({ url, clock: systemClock, serves });
  const first = await open(true);
  const beside = await open(false);
  t.equal(await first.servesAlone(), true, 'a command beside it does not count');
  const second = await open(true);
  t.strictSame([await first.servesAlone(), await second.servesAlone()], [false, false]);
  t.strictSame([await second.leads(), await first.leads(), await second.leads()], [true, false, true]);
  await second.shutdown();
  t.equal(await first.servesAlone(), true);
  t.equal(await first.leads(), true, 'the one that led is gone');
  await Promise.all([first.shutdown(), beside.shutdown()]);
});

t.test(
  'two processes sell one product at once: each PIN once, one key once, nothing left behind',
  async (t) => {
    const PINS = 900;
    const { url, store, one } = await opened(t, PINS);
    const alone = await one('SELECT last_value FROM books_version');
    // The last 100 keys of the first are the first 100 of the second.
    const outputs = await Promise.all(
      [
        [0, 500],
        [400, 500],
      ].map(([first, count]) =>
        run(process.execPath, [PROCESS, url, String(first), String(count)], { env: childEnvironment() }),
      ),
    );
    const lines = outputs.flatMap(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
    t.equal(lines.length, 1_000);
    const pins = new Map<string, string>();
    for (const [number = '', kind = '', pin = ''] of lines) {
      t.match(kind, /^(sold|repeat)$/);
      t.equal(pins.get(number) ?? pin, pin, 'a repeat is told the same PIN');
      pins.set(number, pin);
    }
    t.equal(new Set(pins.values()).size, PINS, 'no PIN was told under two keys');
    t.equal(lines.filter(([, kind]) => kind === 'sold').length, PINS);
    t.equal(await one('SELECT last_value FROM books_version'), alone, 'nobody had the books alone');
    await booksAreRight(t, store);
    t.same(await store.levels(), [{ product: 'TALK10', custody: 'sold', count: PINS }]);
    const last = await store.sell({ entry: saleEntry(5_000), outcome: APPROVED, today: '20260301' });
    t.equal(last.kind, 'out-of-stock');
    await booksAreRight(t, store);
  },
);

t.test(
  'what is for sale is claimed by its index in its order, past 20,000 that are sold, and nothing sorts',
  async (t) => {
    const { client } = await opened(t, 30_000);
    await client.query(`UPDATE pin SET custody = 'sold' WHERE id <= 20000`);
    for (const session of ['SET enable_seqscan = off', 'ANALYZE pin']) {
      await client.query(session);
      const plan = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${CLAIM.replace('$1', "'TALK10'").replace('$2', "'20260301'").replace('$3', '64')}`,
      );
      const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
      t.match(text, /Index Scan using pin_for_sale on pin/);
      t.match(text, /rows=64/);
      t.notMatch(text, /Sort|Seq Scan/);
    }
  },
);

t.test('levels that a refused verb had added up are added up by its neighbours all the same', async (t) => {
  const { store, one } = await opened(t, 3);
  await store.sell({ entry: saleEntry(1), outcome: APPROVED, today: '20260301' });
  t.equal(await one('SELECT count(*) FROM level_change'), 2);
  await t.rejects(
    store.close(closing(99)),
    /no such transaction/,
    'its group is undone, and run again without it',
  );
  t.equal(await one('SELECT count(*) FROM level_change'), 0);
  await booksAreRight(t, store);
});
