/** A new revision takes the old one's place whole, receipts included; what was sold before keeps its lines. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { catalogueOf } from '../../src/app/catalogue/content.js';
import { catalogueSchema } from '../../src/app/catalogue/schema.js';
import { systemClock } from '../../src/base/clock.js';
import type { Catalogue } from '../../src/domain/catalogue.js';
import { StoreFull } from '../../src/store/errors.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import { LiveCatalogue } from '../../src/switch/liveCatalogue.js';
import { Receipts } from '../../src/switch/receipts.js';

async function storeOf(t: Test): Promise<Store> {
  const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  return store;
}

function catalogue(revision: number, receipts: Readonly<Record<string, readonly string[]>>): Catalogue {
  const product = { kind: 'pin', provider: 'P', currency: '840', price: 100, route: ['stock'] };
  const products = Object.entries(receipts).map(([code, receipt]) => ({
    ...product,
    code,
    name: `Name ${code}`,
    receipt,
  }));
  const document = catalogueSchema.parse({ providers: [{ code: 'P', name: 'P' }], products });
  return catalogueOf(document, revision);
}

const VALUES = {
  amount: 100,
  currency: '840',
  serial: 'S1',
  expiry: '20301231',
  terminal: 'T',
  merchant: 'M',
  rrn: 'R',
  approval: 'A',
};

t.test(
  'the next receipt has the new lines, one sold before keeps its own, across a restart too',
  async (t) => {
    const store = await storeOf(t);
    const receipts = await Receipts.open(store);
    const live = await LiveCatalogue.open(
      catalogue(1, { A: ['Old {product} {serial}'], B: ['B'] }),
      receipts,
    );
    const before = receipts.idOf('A');
    await live.replace(catalogue(2, { A: ['New {product} {serial}'], B: [] }));
    t.equal(live.current.revision, 2);
    t.same(receipts.render(receipts.idOf('A'), VALUES), ['New Name A S1']);
    t.same(receipts.render(before, VALUES), ['Old Name A S1']);
    t.equal(receipts.idOf('B'), 0, 'a template that was taken away is not printed');
    const again = await Receipts.open(store);
    t.same(again.render(before, VALUES), ['Old Name A S1']);
    t.equal(
      (await LiveCatalogue.open(catalogue(3, { A: ['New {product} {serial}'] }), again)).current.revision,
      3,
    );
    t.equal(again.idOf('A'), receipts.idOf('A'), 'the same lines have the same number');
  },
);

t.test('a revision whose templates cannot be stored changes nothing, and the next one may', async (t) => {
  const store = await storeOf(t);
  let full = false;
  const trapped = new Proxy(store, {
    get(target, name) {
      if (name === 'internReceipt' && full) return () => Promise.reject(new StoreFull('full'));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const receipts = await Receipts.open(trapped);
  const live = await LiveCatalogue.open(catalogue(1, { A: ['one'] }), receipts);
  const before = receipts.idOf('A');
  full = true;
  await t.rejects(live.replace(catalogue(2, { A: ['two'] })), StoreFull);
  t.equal(live.current.revision, 1);
  t.equal(receipts.idOf('A'), before);
  full = false;
  await Promise.all([
    live.replace(catalogue(3, { A: ['three'] })),
    live.replace(catalogue(4, { A: ['four'] })),
  ]);
  t.equal(live.current.revision, 4);
  t.same(receipts.render(receipts.idOf('A'), VALUES), ['four']);
});
