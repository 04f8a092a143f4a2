/** What is ordered, of whom and how much: below the reorder level, once, and again only where more is needed. */
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { startAcquisition } from '../../../src/hub/acquisition/acquisition.js';
import { soldAs } from '../../../src/hub/acquisition/reorder.js';
import { DesiredLevels } from '../../../src/hub/keeper/desired.js';
import { DEFAULT_POLICY } from '../../../src/hub/policy/policy.js';
import type { VendorConfig } from '../../../src/hub/vendors/schema.js';
import { booksAreRight } from '../../contract/place.js';
import { eventually } from '../../support/supplier.js';
import { startVendor } from '../../support/vendor.js';
import { openRig, type Rig } from './rig.js';

const ORDERS = { ...DEFAULT_POLICY.orders, leadMs: 3_600_000, leadSpreadMs: 0 };

/** The switches are to hold so many, as the keeper has decided. */
async function desire({ store }: Rig, count: number, product = 'TALK10'): Promise<void> {
  const levels = new DesiredLevels({ store, clock: systemClock });
  await levels.keep([{ switchId: 1, product, low: count, desired: count }]);
}

function acquire(t: Test, rig: Rig, vendors: readonly VendorConfig[], store = rig.store): void {
  const acquisition = startAcquisition(rig.deps(store), { vendors, orders: ORDERS, lookMs: 20 });
  t.teardown(() => acquisition.stop());
}

function linesOf(rig: Rig, message: string): number {
  return rig.lines.filter((line) => line.message === message).length;
}

t.test('below its reorder level a product is ordered, and taken in; then it is no more', async (t) => {
  const rig = await openRig(t, '--parts', '2');
  await desire(rig, 75);
  const vendors = [rig.config({ products: [{ code: 'TALK10', vendorCode: 'T-10', lot: 50 }] })];
  acquire(t, rig, vendors);
  t.ok(await rig.counted('complete'));
  const looks = { count: 0 };
  const seen = new Proxy(rig.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'orderBook') looks.count += 1;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  acquire(t, rig, vendors, seen);
  t.ok(await eventually(async () => looks.count > 5), 'looked again');
  t.match(await rig.store.orders(10), [{ state: 'complete', quantity: 100, taken: 100, code: 'T-10' }]);
  t.equal((await rig.store.orders(10)).length, 1);
  await desire(rig, 101);
  t.ok(await rig.counted('complete', 2));
  t.match(await rig.vendor.ledger(), { pins: 150 });
  await booksAreRight(t, rig.store);
});

t.test('what is on order counts, and what it lacks is ordered beside it', async (t) => {
  const rig = await openRig(t, '--lead-ms', '3600000');
  await desire(rig, 60);
  acquire(t, rig, [rig.config()]);
  t.ok(await rig.counted('accepted'));
  await desire(rig, 90);
  t.ok(await rig.counted('accepted', 2));
  t.strictSame(
    (await rig.store.orders(10)).map(({ quantity }) => quantity),
    [30, 60],
  );
});

t.test('two hubs on the same books order once', async (t) => {
  const rig = await openRig(t, '--lead-ms', '3600000');
  await desire(rig, 40);
  const other = await rig.stock.again();
  acquire(t, rig, [rig.config()]);
  acquire(t, rig, [rig.config()], other.store);
  t.ok(await rig.counted('accepted'));
  await eventually(async () => (await rig.vendor.requests()) > 10);
  const { orders } = await rig.vendor.ledger();
  t.match(orders, [{ quantity: 40 }]);
  t.equal(orders.length, 1);
});

t.test('after a refusal the next vendor is asked, and the first one again only after a rest', async (t) => {
  const rig = await openRig(t);
  const second = await startVendor(t);
  await rig.vendor.behave('refuse', 'order', 5);
  await desire(rig, 40);
  const other = rig.config({ name: 'other', url: second.url, supplier: 'acme' });
  acquire(t, rig, [rig.config({ refusedRestMs: 3_600_000 }), other]);
  t.ok(await rig.counted('complete'));
  await desire(rig, 60);
  t.ok(await rig.counted('complete', 2));
  t.equal((await rig.vendor.ledger()).orders.length, 1, 'asked once');
  t.match(await second.ledger(), { pins: 60 });
  t.equal(linesOf(rig, 'order refused'), 1);
});

t.test('refused by its only vendor, it is ordered there again when the rest is over', async (t) => {
  const rig = await openRig(t);
  await rig.vendor.behave('refuse', 'order', 2);
  await desire(rig, 40);
  acquire(t, rig, [rig.config({ refusedRestMs: 200 })]);
  t.ok(await rig.counted('complete'));
  const times = (await rig.store.orders(10)).map(({ intendedAt, closedAt, state }) => ({
    ...{ intendedAt, closedAt, state },
  }));
  t.strictSame(
    times.map(({ state }) => state),
    ['complete', 'refused', 'refused'],
  );
  const [last, before] = times;
  t.ok((last?.intendedAt ?? 0) - (before?.closedAt ?? 0) >= 200, 'rested');
});

t.test('a vendor that is away is asked for nothing new where another one sells it too', async (t) => {
  const rig = await openRig(t);
  const second = await startVendor(t);
  await rig.vendor.down(3_600_000);
  const stuck = await rig.intend({ product: 'TALK20', after: 0 });
  const products = [{ code: 'TALK20' }, { code: 'TALK10', vendorCode: 'T-10' }];
  acquire(t, rig, [rig.config({ products }), rig.config({ name: 'other', url: second.url })]);
  t.ok(await rig.counted('unreachable', 2));
  await desire(rig, 40);
  t.ok(await rig.counted('complete'));
  t.match(await second.ledger(), { pins: 40 });
  await rig.vendor.up();
  t.match(await rig.until(stuck.reference, 'complete'), { taken: 100 });
});

t.test(
  'nothing is ordered while the books are older than a switch, but what is on order comes',
  async (t) => {
    const rig = await openRig(t);
    await desire(rig, 40);
    const { reference } = await rig.intend({ quantity: 10 });
    let looks = 0;
    const behind = new Proxy(rig.store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'behind') {
          return async () => {
            looks += 1;
            return 'hub-behind: north';
          };
        }
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    acquire(t, rig, [rig.config()], behind);
    t.match(await rig.until(reference, 'complete'), { taken: 10 });
    const since = looks;
    t.ok(await eventually(async () => looks > since + 3), 'looked again');
    t.equal((await rig.store.orders(10)).length, 1);
  },
);

t.test(
  'orders of a vendor that is not configured any more stay open, and the log says so once',
  async (t) => {
    const rig = await openRig(t);
    await rig.intend({ vendor: 'gone' });
    acquire(t, rig, [rig.config()]);
    t.ok(await eventually(async () => rig.lines.length > 0));
    await desire(rig, 500, 'TALK20');
    t.equal(rig.lines.length, 1);
    t.match(rig.lines[0], { level: 'warn', fields: { vendor: 'gone' } });
    t.match(await rig.store.orders(10), [{ vendor: 'gone', state: 'intended' }]);
  },
);

t.test('an order is of whole lots, within the bounds of its vendor', async (t) => {
  const goods = { code: 'A', minQuantity: 30, maxQuantity: 1_000, lot: 25 };
  for (const [asked, sold] of [
    [1, 50],
    [50, 50],
    [51, 75],
    [990, 1_000],
    [5_000, 1_000],
  ] as const) {
    t.equal(soldAs(asked, goods), sold, `${asked}`);
  }
  t.equal(soldAs(2_000, { ...goods, maxQuantity: 1_010 }), 1_000);
});
