/** Open orders, brought on step by step against a real vendor process: each thing once, whatever is lost or repeated. */
import t, { type Test } from 'tap';
import { Follower } from '../../../src/hub/acquisition/follower.js';
import { StoreFull } from '../../../src/store/errors.js';
import type { Store } from '../../../src/store/store.js';
import { booksAreRight } from '../../contract/place.js';
import { eventually } from '../../support/supplier.js';
import { startVendor } from '../../support/vendor.js';
import { openRig, type Rig } from './rig.js';

function follow(t: Test, rig: Rig, said: Readonly<Record<string, unknown>> = {}, store?: Store): Follower {
  const follower = new Follower(rig.config(said), rig.deps(store));
  t.teardown(() => follower.stop());
  follower.wake();
  return follower;
}

t.test('an order comes in parts, under our name of the product, and ends complete', async (t) => {
  const rig = await openRig(t, '--lead-ms', '50', '--parts', '3', '--part-ms', '50', '--token', 'tok');
  const { reference } = await rig.intend();
  follow(t, rig, { token: 'tok' });
  const order = await rig.until(reference, 'complete');
  t.match(order, { state: 'complete', taken: 100, refused: 0 });
  t.strictSame(
    order?.deliveries.map(({ delivery, taken }) => [delivery, taken]),
    [
      ['D1', 33],
      ['D2', 33],
      ['D3', 34],
    ],
  );
  t.match((await rig.vendor.ledger()).orders, [{ reference, product: 'T-10', quantity: 100, asked: 1 }]);
  t.match(await rig.store.levels(), [{ product: 'TALK10', custody: 'stock', count: 100 }]);
  await booksAreRight(t, rig.store);
});

t.test('an answer that is lost costs no second order', async (t) => {
  const rig = await openRig(t);
  for (const behaviour of ['hang-up', 'garbage', 'oversize']) await rig.vendor.behave(behaviour);
  const { reference } = await rig.intend();
  follow(t, rig);
  t.match(await rig.until(reference, 'complete'), { taken: 100 });
  const { orders, pins } = await rig.vendor.ledger();
  t.match(orders, [{ reference, asked: 4 }]);
  t.equal(pins, 100);
  t.match(Object.fromEntries(rig.counts), { lost: 1, malformed: 1, oversize: 1, accepted: 1 });
});

t.test('a vendor that dies with an order in hand is asked again when it is back', async (t) => {
  const ledger = t.testdir();
  const rig = await openRig(t, '--ledger', `${ledger}/vendor.jsonl`, '--port', '0');
  await rig.vendor.behave('die');
  const { reference } = await rig.intend();
  const follower = follow(t, rig);
  t.equal(await rig.vendor.child.exited, null, 'killed');
  t.ok(await rig.counted('unreachable', 2), 'asked meanwhile');
  t.ok(follower.isAway());
  const again = await startVendor(t, '--ledger', `${ledger}/vendor.jsonl`, '--port', String(rig.vendor.port));
  t.match(await rig.until(reference, 'complete'), { taken: 100 });
  t.notOk(follower.isAway());
  t.match(await again.ledger(), { orders: [{ reference, quantity: 100 }], pins: 100 });
});

t.test('a batch with a wrong checksum is not taken in, counted, and asked for again', async (t) => {
  const rig = await openRig(t);
  await rig.vendor.behave('checksum', 'batch', 2);
  const { reference } = await rig.intend();
  follow(t, rig);
  t.match(await rig.until(reference, 'complete'), { taken: 100, refused: 0 });
  t.equal(rig.counts.get('checksum'), 2);
  t.match((await rig.vendor.ledger()).orders, [{ deliveries: [{ id: 'D1', fetched: 3 }] }]);
  await booksAreRight(t, rig.store);
});

t.test('the same batch twice, under two ids, brings nothing the second time', async (t) => {
  const rig = await openRig(t);
  await rig.vendor.plan({ parts: 2, repeats: 2 });
  const { reference } = await rig.intend();
  follow(t, rig);
  const order = await rig.until(reference, 'complete');
  t.match(order, { taken: 100, refused: 100 });
  t.strictSame(
    order?.deliveries.map(({ taken }) => taken),
    [50, 50, 0, 0],
  );
  t.equal(rig.counts.get('repeated'), 2);
  t.equal(await rig.inStock(), 100);
  await booksAreRight(t, rig.store);
});

t.test('PINs that came before are refused, each told by its line, and none of them is shown', async (t) => {
  const rig = await openRig(t);
  const first = await rig.intend({ quantity: 10 });
  follow(t, rig);
  await rig.until(first.reference, 'complete');
  await rig.vendor.plan({ known: 3 });
  const second = await rig.intend({ quantity: 20 });
  follow(t, rig);
  t.match(await rig.until(second.reference, 'complete'), { taken: 20, refused: 3 });
  const told = rig.lines.filter(({ message }) => message === 'row of a delivery refused');
  t.strictSame(
    told.map(({ fields }) => [fields.reference, fields.line, fields.reason]),
    [2, 3, 4].map((line) => [second.reference, line, 'PIN already known']),
  );
  t.notMatch(JSON.stringify(rig.lines), /\d{16}/, 'no PIN in the log');
  t.notMatch(rig.vendor.child.output(), /\d{16}/, 'nor in what the vendor says');
  t.equal(await rig.inStock(), 30);
});

t.test('what a delivery brings enters under the product that its order is for', async (t) => {
  const rig = await openRig(t);
  const { reference } = await rig.intend({ product: 'TALK20', code: 'T-10' });
  const odd = await rig.intend({ after: 0, reference: 'ODD', quantity: 5 });
  follow(t, rig);
  t.match(await rig.until(reference, 'complete'), { product: 'TALK20', taken: 100 });
  t.match(await rig.until(odd.reference, 'complete'), { product: 'TALK10', taken: 5 });
  t.equal(await rig.inStock(), 5);
});

t.test('a refused order ends, with the reason', async (t) => {
  const rig = await openRig(t);
  await rig.vendor.behave('refuse');
  const { reference } = await rig.intend();
  follow(t, rig);
  t.match(await rig.until(reference, 'refused'), { why: 'not sold any more', taken: 0 });
  t.match(rig.lines.at(-1), { level: 'warn', message: 'order refused', fields: { reference } });
});

t.test('a vendor that refuses our token, is busy or says nothing is left alone for a while', async (t) => {
  const rig = await openRig(t, '--token', 'right');
  const { reference } = await rig.intend();
  const stranger = new Follower(rig.config({ token: 'wrong' }), rig.deps());
  stranger.wake();
  t.ok(await rig.counted('rejected', 2));
  await stranger.stop();
  t.notMatch(JSON.stringify(rig.lines), 'wrong', 'no token in the log');
  await rig.vendor.behave('busy');
  await rig.vendor.behave('ignore');
  follow(t, rig, { token: 'right', answerMs: 100 });
  t.match(await rig.until(reference, 'complete'), { taken: 100 });
  t.match(Object.fromEntries(rig.counts), { failed: 1, timeout: 1 });
  t.match((await rig.vendor.ledger()).orders, [{ reference, asked: 1 }]);
});

t.test('an order that was given up is asked after no more', async (t) => {
  const rig = await openRig(t, '--lead-ms', '3600000');
  const { reference } = await rig.intend();
  follow(t, rig);
  await rig.until(reference, 'accepted');
  await rig.store.moveOrder({ reference, to: 'cancelled', by: 'ann', why: 'never comes', at: 1 });
  let last = -1;
  t.ok(
    await eventually(async () => {
      const before = last;
      last = await rig.vendor.requests();
      return before === last;
    }),
    'no question any more',
  );
  t.match(await rig.store.orders(1), [{ state: 'cancelled', by: 'ann', why: 'never comes' }]);
});

t.test('taken in and not recorded: it is recorded the next time, and enters once', async (t) => {
  const rig = await openRig(t);
  await rig.vendor.plan({ parts: 2 });
  let failures = 2;
  const store = new Proxy(rig.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'recordDelivery' || typeof value !== 'function') {
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (...args: unknown[]) => {
        failures -= 1;
        return failures >= 0
          ? Promise.reject(new StoreFull('store: the disk is full'))
          : value.apply(target, args);
      };
    },
  });
  const { reference } = await rig.intend();
  follow(t, rig, {}, store);
  const order = await rig.until(reference, 'complete');
  t.match(order, { taken: 100, refused: 0 });
  t.strictSame(
    order?.deliveries.map(({ taken }) => taken),
    [50, 50],
  );
  t.equal(rig.lines.filter(({ level }) => level === 'error').length, 2);
  t.equal(await rig.inStock(), 100);
  await booksAreRight(t, rig.store);
});

t.test('what a vendor lists and what it sends is checked: neither ends us', async (t) => {
  const rig = await openRig(t);
  for (const behaviour of ['garbage', 'oversize', 'unknown', 'busy'])
    await rig.vendor.behave(behaviour, 'look');
  for (const behaviour of ['garbage', 'oversize', 'unknown', 'hang-up']) {
    await rig.vendor.behave(behaviour, 'batch');
  }
  const { reference } = await rig.intend();
  follow(t, rig, { batchBytesMax: 1_048_576 });
  t.match(await rig.until(reference, 'complete'), { taken: 100, refused: 0 });
  t.match(Object.fromEntries(rig.counts), {
    malformed: 2,
    oversize: 2,
    'unknown-order': 1,
    failed: 1,
    checksum: 1,
    lost: 1,
  });
  await booksAreRight(t, rig.store);
});
