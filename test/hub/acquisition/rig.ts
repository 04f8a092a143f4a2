/** What the tests of acquisition share: a real store and vault, a real vendor process, a log and counters to look at. */
import type { Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import type { Log } from '../../../src/base/log.js';
import { systemRandom } from '../../../src/base/random.js';
import type { AcquisitionDeps } from '../../../src/hub/acquisition/events.js';
import { type VendorConfig, vendorSchema } from '../../../src/hub/vendors/schema.js';
import type { NewOrder, Store, VendorOrder } from '../../../src/store/store.js';
import { openStock, type Stock } from '../../stock/stock.js';
import { eventually } from '../../support/supplier.js';
import { startVendor, type TestVendor } from '../../support/vendor.js';

export interface Line {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Rig {
  readonly stock: Stock;
  readonly store: Store;
  readonly vendor: TestVendor;
  readonly lines: Line[];
  readonly counts: Map<string, number>;
  /** With another store, where the test puts something before it. */
  deps(store?: Store): AcquisitionDeps;
  config(said?: Readonly<Record<string, unknown>>): VendorConfig;
  /** An order that stands in the books and that no vendor has heard of. */
  intend(said?: Partial<NewOrder>): Promise<NewOrder>;
  /** Resolves with the order when it has got there. */
  until(reference: string, state: VendorOrder['state']): Promise<VendorOrder | undefined>;
  /** Resolves when that was counted so often. */
  counted(event: string, times?: number): Promise<boolean>;
  inStock(): Promise<number>;
}

/** Short waits: nothing here waits for its own sake. */
const QUICK = { pollMs: 20, pollMaxMs: 40, awayMs: 20, awayMaxMs: 40, answerMs: 1_000 };

export async function openRig(t: Test, ...vendorArgs: readonly string[]): Promise<Rig> {
  const [stock, vendor] = await Promise.all([openStock(t), startVendor(t, ...vendorArgs)]);
  const lines: Line[] = [];
  const counts = new Map<string, number>();
  const write =
    (level: keyof Log) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      lines.push({ level, message, fields });
    };
  const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
  const counters = {
    add: (event: string, _vendor: string, n = 1) => void counts.set(event, (counts.get(event) ?? 0) + n),
  };
  let orders = 0;
  const { store } = stock;
  return {
    stock,
    store,
    vendor,
    lines,
    counts,
    deps: (other = store) => ({
      store: other,
      vault: stock.vault,
      clock: systemClock,
      random: systemRandom,
      log,
      counters,
      onStock: () => {},
    }),
    config: (said = {}) =>
      vendorSchema.parse({
        name: 'acme',
        url: vendor.url,
        products: [{ code: 'TALK10', vendorCode: 'T-10' }],
        ...QUICK,
        ...said,
      }),
    async intend(said = {}) {
      orders += 1;
      const goods = { vendor: 'acme', supplier: 'acme', product: 'TALK10', code: 'T-10', quantity: 100 };
      const reference = `ORDER-${orders}`;
      const order = { reference, ...goods, after: orders - 1, at: systemClock.now(), ...said };
      const placed = await store.placeOrder(order);
      if (placed.kind !== 'placed') throw new Error(placed.kind);
      return order;
    },
    async until(reference, state) {
      let found: VendorOrder | undefined;
      await eventually(async () => {
        found = (await store.orders(100)).find((one) => one.reference === reference);
        return found?.state === state;
      }, 10_000);
      return found;
    },
    counted: (event, times = 1) => eventually(async () => (counts.get(event) ?? 0) >= times, 10_000),
    async inStock() {
      const levels = await store.levels();
      return levels.find(({ product, custody }) => product === 'TALK10' && custody === 'stock')?.count ?? 0;
    },
  };
}
