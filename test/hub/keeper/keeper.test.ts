/** The keeper on a real hub's books, with switches that the test plays: what it gives, and when, and what it asks back. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { desiredLevels } from '../../../src/hub/keeper/desired.js';
import { startKeeper } from '../../../src/hub/keeper/keeper.js';
import { KEEPER_LIMITS, type KeeperSettings, type NamedLimit } from '../../../src/hub/keeper/settings.js';
import { DEFAULT_POLICY } from '../../../src/hub/policy/policy.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { AT, allocation, enrolled, type Peer, saleOf } from '../../contract/hubPeer.js';
import { booksAreRight } from '../../contract/place.js';
import { chunkOf, intakeRows } from '../../contract/sample.js';

const HOUR = 3_600_000;

/** Who sleeps is woken by the test. */
class Wake {
  readonly #sleepers = new Set<() => void>();

  wake(): void {
    for (const sleeper of [...this.#sleepers]) sleeper();
  }

  next(ms: number, gone?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#sleepers.delete(end);
        gone?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = systemClock.after(ms, end);
      this.#sleepers.add(end);
      gone?.addEventListener('abort', end, { once: true });
    });
  }
}

async function hub(t: Test, names: readonly string[]) {
  const store = await openSqliteStore({ file: join(t.testdir(), 'hub.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  const peers: Peer[] = [];
  for (const name of names) peers.push(await enrolled(store, name));
  let ahead = AT - systemClock.now();
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const wake = new Wake();
  const connected = new Set(peers.map(({ id }) => id));
  const account = { mode: 'credit', limit: 500, currency: '840' } as const;
  const merchant = { id: 'M1', name: 'M1', enabled: true, group: '', account };
  const keep = (limits: readonly NamedLimit[], settings: Partial<KeeperSettings> = {}) => {
    const keeper = startKeeper(
      {
        store,
        clock,
        log: { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {}, debug: () => {} } as never,
        wake,
        catalogue: { merchant: (id) => (id === 'M1' ? merchant : undefined) },
        utcOffsetMinutes: 0,
        connected: () => connected,
      },
      {
        ...{ ...KEEPER_LIMITS, policy: { ...DEFAULT_POLICY, limits } },
        ...{ everyMs: 10, pauseMs: 1, leasesEveryMs: 0, ...settings },
      },
    );
    t.teardown(() => keeper.stop());
    return keeper;
  };
  return {
    store,
    peers,
    wake,
    connected,
    keep,
    pass: (ms: number): void => {
      ahead += ms;
    },
    /** PINs of a custody at a switch. */
    count: async (peer: Peer | undefined, custody: string): Promise<number> => {
      const lines = (await store.holdings()).filter((one) => one.switchId === (peer?.id ?? 0));
      return lines.filter((one) => one.custody === custody).reduce((sum, one) => sum + one.count, 0);
    },
    pay: async (amount: number): Promise<void> => {
      const line = { currency: '840', floor: null };
      const postings = [
        { ...line, account: 'merchant:M1', amount },
        { ...line, account: 'cash:M1', amount: -amount },
      ];
      await store.post({ postings, by: 'ann', why: 'paid in', reference: '', at: AT });
    },
  };
}

/** Comes true, or fails after some seconds. */
async function comes(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries > 800) throw new Error(`it never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** So many rounds of the loop, seen by what each reads. */
const rounds = (ms = 100): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const at = (name: string, floor: number): NamedLimit => ({
  switch: name,
  product: 'TALK10',
  floor,
  ceiling: floor,
});

t.test(
  'fills a switch up to its level, several transfers at once, but no more under way than its window',
  async (t) => {
    const { store, peers, keep, count, wake } = await hub(t, ['one', 'two']);
    const [one, two] = peers;
    await store.takeIn(chunkOf(intakeRows(0, 20_000)));
    const keeper = keep([at('one', 12_000), at('two', 0), at('not yet', 5_000)], { underWayMax: 6_000 });
    await comes('a first window', async () => (await count(one, 'transit')) === 6_000);
    await rounds();
    t.equal(await count(one, 'transit'), 6_000, 'and no more');
    t.match(await one?.row(), { transfer: 2, applied: 0 }, 'in two transfers');
    await one?.take();
    wake.wake();
    await comes('a second window', async () => (await count(one, 'transit')) === 6_000);
    await one?.take();
    await rounds();
    t.strictSame([await count(one, 'away'), await count(one, 'transit')], [12_000, 0]);
    t.equal(await count(two, 'transit'), 0);
    t.match(await desiredLevels(store), [
      { switchId: one?.id, product: 'TALK10', desired: 12_000 },
      { switchId: two?.id, product: 'TALK10', desired: 0 },
    ]);
    t.equal(keeper.plan?.levels.length, 2);
    await booksAreRight(t, store);
  },
);

t.test('gives to those that are connected alone, and to others when they are', async (t) => {
  const { store, peers, keep, count, connected } = await hub(t, ['one', 'two']);
  const [one, two] = peers;
  if (one) connected.delete(one.id);
  await store.takeIn(chunkOf(intakeRows(0, 100)));
  keep([{ floor: 30, ceiling: 30 }]);
  await comes('what two gets', async () => (await count(two, 'transit')) === 30);
  t.equal(await count(one, 'transit'), 0);
  if (one) connected.add(one.id);
  await comes('what one gets', async () => (await count(one, 'transit')) === 30);
  await booksAreRight(t, store);
});

t.test('asks the rich for the poor once at a time, and what comes back goes on', async (t) => {
  const { store, peers, keep, count } = await hub(t, ['one', 'two']);
  const [one, two] = peers;
  if (!one || !two) return;
  await store.takeIn(chunkOf(intakeRows(0, 900)));
  await store.allocate(allocation(one, 900));
  const marks = (await one.take()).map(({ mark }) => mark);
  keep([{ floor: 500, ceiling: 500 }]);
  await comes('a recall', async () => (await store.recalls(one.id)).length > 0);
  await rounds();
  const recalls = await store.recalls(one.id);
  t.match(recalls, [{ kind: 'pins', of: 'TALK10', number: 1 }], 'not again while it is not carried out');
  const wanted = recalls[0]?.count ?? 0;
  t.ok(wanted > 300 && wanted < 600, 'what is lacking elsewhere');
  await one.say({ recall: 1, changes: one.changes('returned', ...marks.slice(0, wanted)) });
  await comes('what goes on', async () => (await count(two, 'transit')) > 300);
  t.equal((await count(undefined, 'stock')) + (await count(two, 'transit')), wanted);
  await booksAreRight(t, store);
});

t.test('PINs that expired are not given', async (t) => {
  const { store, peers, keep, count } = await hub(t, ['one']);
  await store.takeIn(chunkOf(intakeRows(0, 5, 'TALK10', '20260228')));
  await store.takeIn(chunkOf(intakeRows(10, 5, 'TALK10', '20271231'), { intake: 'b' }));
  keep([{ floor: 10, ceiling: 10 }]);
  await comes('what has not expired', async () => (await count(peers[0], 'transit')) === 5);
  await rounds();
  t.strictSame([await count(peers[0], 'transit'), await count(undefined, 'stock')], [5, 5]);
});

t.test(
  'a network that begins to sell is stocked by what its first sales tell, without any floor',
  async (t) => {
    const { store, peers, keep, count } = await hub(t, ['one', 'two']);
    const [one, two] = peers;
    await store.takeIn(chunkOf(intakeRows(0, 2_000)));
    keep([]);
    await rounds();
    t.equal(await count(one, 'transit'), 0);
    await one?.say({ sales: Array.from({ length: 60 }, (_, n) => saleOf(n + 1)) });
    await comes('stock', async () => (await count(one, 'transit')) > 500);
    t.equal(await count(two, 'transit'), 0);
  },
);

t.test('gives nothing while the books are older than a switch', async (t) => {
  const { store, peers, keep, count } = await hub(t, ['one', 'two']);
  const [one, two] = peers;
  await store.takeIn(chunkOf(intakeRows(0, 100)));
  t.match(await two?.say({ transfer: 7 }), { kind: 'refused', why: 'hub-behind' });
  const keeper = keep([{ floor: 30, ceiling: 30 }]);
  await rounds(200);
  t.equal(await count(one, 'transit'), 0);
  await keeper.stop();
});

t.test(
  'a merchant’s money is filled up where it is spent, and what lies idle elsewhere comes for it',
  async (t) => {
    const { store, peers, keep, pay, pass, connected } = await hub(t, ['one', 'two']);
    const [one, two] = peers;
    if (!one || !two) return;
    await pay(2_500);
    const lease = { merchant: 'M1', currency: '840', floor: -500, ask: '', at: AT };
    await store.leaseOut({ ...lease, switchId: one.id, amount: 1_000 });
    await store.leaseOut({ ...lease, switchId: two.id, amount: 1_900 });
    await one.take();
    await two.take();
    const left = { merchant: 'M1', currency: '840' };
    keep([], { leaseMs: HOUR });
    await rounds();
    pass(HOUR);
    await one.say({ leases: [{ ...left, amount: 0 }] });
    await two.say({ leases: [{ ...left, amount: 1_900 }] });
    const leased = async (peer: Peer): Promise<number> =>
      (await store.leases()).find(({ switchId }) => switchId === peer.id)?.leased ?? 0;
    await comes('what the hub still has', async () => (await leased(one)) > 1_000);
    await comes('a recall', async () => (await store.recalls(two.id)).length > 0);
    await rounds();
    t.ok((await leased(one)) < 3_000, 'not again while it is on its way');
    await one.take();
    const [recall, ...more] = await store.recalls(two.id);
    t.match(recall, { kind: 'lease', of: 'M1', currency: '840' });
    t.strictSame(more, []);
    const amount = recall?.count ?? 0;
    t.ok(amount > 0 && amount <= 1_900);
    await two.say({
      recall: 1,
      changes: [{ kind: 'lease', id: two.change + 1, ...left, amount }],
      leases: [{ ...left, amount: 1_900 - amount }],
    });
    await comes('that goes on', async () => (await leased(one)) > 1_100);
    const out = (await leased(one)) + (await leased(two));
    t.ok(out <= 3_000, 'never more out than was paid in and may be owed');
    const [own] = await store.balances('merchant:M1');
    t.equal(own?.balance, 2_500 - out);
    connected.clear();
    await booksAreRight(t, store);
  },
);
