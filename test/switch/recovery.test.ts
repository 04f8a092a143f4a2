/** Recovery and forwarding on the real store, where the store or a supplier does not play along. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { StoreBusy } from '../../src/store/errors.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import { SWITCH_LIMITS, SWITCH_TIMES, type SwitchContext } from '../../src/switch/context.js';
import { Forwarder } from '../../src/switch/forwarding.js';
import { recoverAtStart, recoverOverdue } from '../../src/switch/recovery.js';
import { creditEntry, opening } from '../contract/sample.js';

const quiet = { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {}, debug: () => {} };

async function storeOf(t: Test): Promise<Store> {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  return store;
}

/** What recovery and forwarding use of it. */
function contextOf(store: Store): SwitchContext {
  return {
    store,
    clock: systemClock,
    random: systemRandom,
    log: quiet,
    isShared: false,
    atSuppliers: new Map(),
    suppliers: new Map(),
    forwardingDue: () => {},
    times: SWITCH_TIMES,
    limits: SWITCH_LIMITS,
  } as unknown as SwitchContext;
}

async function openCredit(store: Store, doubt: 'inquiry' | 'reversal'): Promise<number> {
  const opened = await store.open(opening(creditEntry(1), { doubt }));
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  return opened.id;
}

t.test('an inquiry that waits for its next try is left waiting by every recovery', async (t) => {
  const store = await storeOf(t);
  const context = contextOf(store);
  const id = await openCredit(store, 'inquiry');
  t.equal(await recoverOverdue(context), 1);
  const later = Date.now() + 3_600_000;
  await store.countAttempt(id, 0, later);
  t.equal(await recoverOverdue(context), 0);
  t.equal(await recoverAtStart(context), 0);
  t.match(await store.forwardings(5), [{ id, kind: 'inquiry', attempts: 1, nextAt: later }]);
});

t.test('a forwarding that cannot be counted on disk is not tried without end', async (t) => {
  const store = await storeOf(t);
  await openCredit(store, 'reversal');
  await recoverOverdue(contextOf(store));
  let counted = 0;
  const busy = new Proxy(store, {
    get(target, name) {
      if (name === 'countAttempt') {
        counted += 1;
        return () => Promise.reject(new StoreBusy('store: busy'));
      }
      return (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
    },
  });
  const forwarder = new Forwarder(contextOf(busy));
  forwarder.wake();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await forwarder.stop();
  t.equal(counted, 1);
});

t.test('forwardings that could not be read once are read again', async (t) => {
  const store = await storeOf(t);
  await openCredit(store, 'reversal');
  await recoverOverdue(contextOf(store));
  let reads = 0;
  const unsteady = new Proxy(store, {
    get(target, name) {
      if (name === 'forwardings' && reads++ === 0) return () => Promise.reject(new StoreBusy('store: busy'));
      return (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
    },
  });
  const forwarder = new Forwarder(contextOf(unsteady));
  forwarder.wake();
  const end = Date.now() + 20_000;
  while ((await store.forwardings(1))[0]?.attempts === 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await forwarder.stop();
  t.equal((await store.forwardings(1))[0]?.attempts, 1);
});

const TEN_DAYS_MS = 864_000_000;

t.test('what a clock put off by ten days, which was set back since, is not waited for', async (t) => {
  const store = await storeOf(t);
  const context = contextOf(store);
  const attempt = { supplier: 'acme', reference: 'REF2', doubt: 'reversal' } as const;
  const soon = { entry: creditEntry(2), attempt: { ...attempt, deadlineAt: Date.now() + 20_000 } };
  const far = {
    entry: creditEntry(3),
    attempt: { ...attempt, reference: 'REF3', deadlineAt: Date.now() + TEN_DAYS_MS },
  };
  t.match(await store.open({ ...opening(soon.entry), ...soon.attempt }), { kind: 'opened' });
  t.match(await store.open({ ...opening(far.entry), ...far.attempt }), { kind: 'opened' });
  t.equal(await recoverOverdue(context), 1, 'the one that is in time is left to whoever is at it');
  const [due] = await store.forwardings(5);
  t.ok(await store.countAttempt(due?.id ?? 0, 0, Date.now() + TEN_DAYS_MS));
  const forwarder = new Forwarder(context);
  forwarder.wake();
  const end = Date.now() + 10_000;
  while ((await store.forwardings(1))[0]?.attempts === 1 && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await forwarder.stop();
  t.match(await store.forwardings(1), [{ attempts: 2 }]);
});
