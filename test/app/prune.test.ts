/** journal prune cut off at each of its steps, and called again: each transaction is in one file, once, and in no journal. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { pruneJournal } from '../../src/app/prune.js';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
import { APPROVED, chunkOf, intakeRows, saleEntry } from '../contract/sample.js';

const SALES = 700;
const LATER = Date.parse('2100-01-01T00:00:00Z');
const STEPS = ['beginArchive', 'removeArchived', 'endArchive', 'sweepArchived'] as const;
type Step = (typeof STEPS)[number];

/** Ends, as a crash would, just before or just after the n-th call of one of its verbs. */
function endingAt(store: Store, step: Step, nth: number, when: 'before' | 'after'): Store {
  let calls = 0;
  const ends = async (...args: unknown[]): Promise<unknown> => {
    calls += 1;
    if (calls === nth && when === 'before') throw new Error('cut off');
    const result: unknown = await (store[step] as (...args: unknown[]) => Promise<unknown>)(...args);
    if (calls === nth) throw new Error('cut off');
    return result;
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = name === step ? ends : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

t.test('cut off just before or just after each step, it ends what it began', async (t) => {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  await store.takeIn(chunkOf(intakeRows(0, SALES * 16)));
  let number = 0;
  const archived = new Set<string>();
  for (const step of STEPS) {
    for (const when of ['before', 'after'] as const) {
      for (const nth of step === 'removeArchived' ? [1, 2, 3] : [1]) {
        const keys = Array.from({ length: SALES }, () => `sale-${number++}`);
        for (const key of keys.slice(1)) void store.sell(sale(number, key));
        await store.sell(sale(number, keys[0] ?? ''));
        const options = {
          folder: mkdtempSync(join(t.testdirName, 'to-')),
          before: LATER,
          progress: () => {},
        };
        await t.rejects(pruneJournal({ store: endingAt(store, step, nth, when), ...options }), /cut off/);
        await booksAreRight(t, store);
        await pruneJournal({ store, ...options });
        await booksAreRight(t, store);
        const written = readdirSync(options.folder).flatMap((name) =>
          gunzipSync(readFileSync(join(options.folder, name)))
            .toString()
            .trim()
            .split('\n')
            .map((line) => (JSON.parse(line) as { key: string }).key),
        );
        for (const key of written) {
          if (archived.has(key)) t.fail(`${key} is in two files`);
          archived.add(key);
        }
        t.equal(archived.size, number - 1, 'all but the last one of the journal');
      }
    }
  }
});

t.test('a file that is not as it was written stops it before anything more leaves', async (t) => {
  const folder = t.testdir();
  const store = await openSqliteStore({ file: join(folder, 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  await store.takeIn(chunkOf(intakeRows(0, SALES)));
  for (let n = 0; n < SALES; n += 1) void store.sell(sale(n, `sale-${n}`));
  const options = { folder: join(folder, 'archive'), before: LATER, progress: () => {} };
  await t.rejects(
    pruneJournal({ store: endingAt(store, 'removeArchived', 2, 'before'), ...options }),
    /cut off/,
  );
  const [name = ''] = readdirSync(options.folder);
  const content = readFileSync(join(options.folder, name));
  writeFileSync(join(options.folder, name), content.subarray(0, 100));
  await t.rejects(pruneJournal({ store, ...options }), /not as it was written; nothing more was taken out/);
  t.match(await store.archives(), [{ name, removed: 250 }]);
  writeFileSync(join(options.folder, name), content);
  t.match(await pruneJournal({ store, ...options }), { rows: SALES - 1 - 250 });
  await booksAreRight(t, store);
});

function sale(n: number, key: string) {
  return { entry: { ...saleEntry(n), key }, outcome: APPROVED, today: '20260301' };
}
