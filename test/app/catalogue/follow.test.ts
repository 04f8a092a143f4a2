/** A running switch follows the store's revisions, and outlives one that it cannot take up. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { followCatalogue } from '../../../src/app/catalogue/follow.js';
import { loadCatalogue, storeDocument } from '../../../src/app/catalogue/revisions.js';
import { catalogueSchema } from '../../../src/app/catalogue/schema.js';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { StoreBusy } from '../../../src/store/errors.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import type { Store } from '../../../src/store/store.js';
import { LiveCatalogue } from '../../../src/switch/liveCatalogue.js';
import { Receipts } from '../../../src/switch/receipts.js';

async function storeOf(t: Test): Promise<Store> {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  return store;
}

function put(store: Store, name: string): Promise<unknown> {
  const document = catalogueSchema.parse({ merchants: [{ id: 'M', name }] });
  return storeDocument(store, document, { by: 'ann', at: 1 });
}

/** Time stands; the one task that waits is run by hand, and the wait for it told. */
function clockByHand(): { clock: Clock; next: () => number; isWaiting: () => boolean } {
  let waiting: { ms: number; task: () => void } | undefined;
  const clock: Clock = {
    now: () => 0,
    soon: () => {},
    after(ms, task) {
      waiting = { ms, task };
      return () => {
        waiting = undefined;
      };
    },
  };
  const next = (): number => {
    const { ms, task } = waiting ?? { ms: -1, task: () => {} };
    waiting = undefined;
    task();
    return ms;
  };
  return { clock, next, isWaiting: () => waiting !== undefined };
}

async function until(test: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !test(); n += 1) await new Promise((resolve) => setTimeout(resolve, 10));
}

t.test('takes up what is new, leaves what is not, and looks again later where it could not', async (t) => {
  const store = await storeOf(t);
  await put(store, 'first');
  let busy = false;
  const trapped = new Proxy(store, {
    get(target, name) {
      if (name === 'cataloguePortion' && busy) return () => Promise.reject(new StoreBusy('busy'));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const live = await LiveCatalogue.open(await loadCatalogue(store, 1), await Receipts.open(store));
  const lines: string[] = [];
  const write = (_: unknown, message: string): unknown => lines.push(message);
  const log = { info: write, warn: write, error: write };
  const { clock, next, isWaiting } = clockByHand();
  const { stop } = followCatalogue({ store: trapped, live, clock, log });
  const first = live.current;
  const soon = next();
  t.ok(soon > 0 && soon <= 1_000, 'within about a second');
  await until(isWaiting);
  t.equal(live.current, first, 'the same revision is not taken up again');
  await put(store, 'second');
  busy = true;
  t.equal(next(), soon);
  await until(isWaiting);
  t.match(lines, [/could not be taken up/]);
  t.equal(live.current, first, 'the one before stays');
  busy = false;
  await put(store, 'third');
  t.ok(next() > soon, 'it is left alone for a while');
  await until(isWaiting);
  t.equal(live.current.merchant('M')?.name, 'third');
  t.match(lines[1], /taken up/);
  await stop();
  t.equal(next(), -1, 'stopped, nothing waits');
});
