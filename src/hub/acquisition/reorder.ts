/**
 * What to order now, and of whom: below its reorder level (policy) a product is ordered from the first vendor that has
 * it, is within reach and has not refused it lately. The order stands in the books before its vendor is told.
 *
 * Nothing is ordered twice: what is on order counts as if it were there, from the moment it stands in the books; no
 * product is ordered while an order of it waits for its vendor's first word; and an order is placed only where no other
 * was since the books were read. Orders are read before stock, so that what arrives in between counts twice for a
 * moment, never not at all.
 */

import type { OrderBook } from '../../store/store.js';
import { leadTimeOf, type OrderSettings, planOrders } from '../policy/policy.js';
import type { VendorConfig, VendorProduct } from '../vendors/schema.js';
import type { AcquisitionDeps } from './events.js';
import type { Outlook, Outlooks } from './outlook.js';

/** Open orders of one product. */
const OPEN_ORDERS_MAX = 20;
/** Bytes of randomness in a reference; it is written in hexadecimal. */
const REFERENCE_BYTES = 16;

/** A vendor of a product. */
export interface Source {
  readonly vendor: VendorConfig;
  readonly goods: VendorProduct;
  isAway(): boolean;
}

export class Reorder {
  readonly #deps: AcquisitionDeps;
  readonly #outlooks: Outlooks;
  readonly #settings: OrderSettings;
  /** By product, in the order of preference. */
  readonly #sources: ReadonlyMap<string, readonly Source[]>;

  constructor(
    deps: AcquisitionDeps,
    outlooks: Outlooks,
    settings: OrderSettings,
    sources: ReadonlyMap<string, readonly Source[]>,
  ) {
    this.#deps = deps;
    this.#outlooks = outlooks;
    this.#settings = settings;
    this.#sources = sources;
  }

  /** The vendors that have something to be told. */
  async look(): Promise<ReadonlySet<string>> {
    const { store } = this.#deps;
    const book = await store.orderBook();
    const vendors = new Set(book.open.map(({ vendor }) => vendor));
    // What the network holds is not known until its switches have told: it would be ordered again.
    if ((await store.behind()) !== '') return vendors;
    const outlook = await this.#outlooks.now();
    for (const [product, sources] of this.#sources) {
      const vendor = await this.#order(product, sources, book, outlook);
      if (vendor !== undefined) vendors.add(vendor);
    }
    return vendors;
  }

  async #order(
    product: string,
    sources: readonly Source[],
    book: OrderBook,
    outlook: Outlook,
  ): Promise<string | undefined> {
    const open = book.open.filter((order) => order.product === product);
    if (open.length >= OPEN_ORDERS_MAX || open.some(({ state }) => state === 'intended')) return undefined;
    const source = this.#choose(product, sources, book);
    if (!source) return undefined;
    const { vendor, goods } = source;
    const { clock, random, store, log, counters } = this.#deps;
    const onHand = outlook.onHand.get(product) ?? 0;
    const onOrder = open.reduce((sum, { quantity, taken }) => sum + Math.max(quantity - taken, 0), 0);
    const settings = this.#settingsOf(goods);
    const measured = book.leads.filter((one) => one.product === product && one.vendor === vendor.name);
    const plan = planOrders({
      product,
      now: clock.now(),
      onHand,
      onOrder,
      levels: outlook.levels.filter((level) => level.product === product),
      lead: leadTimeOf(
        measured.map(({ tookMs }) => tookMs),
        settings,
      ),
      demand: outlook.demand,
      settings,
    });
    if (plan.quantity === 0) return undefined;
    const reference = random.bytes(REFERENCE_BYTES).toString('hex');
    const quantity = soldAs(plan.quantity, goods);
    const after = Math.max(0, ...book.last.filter((one) => one.product === product).map(({ id }) => id));
    const placed = await store.placeOrder({
      reference,
      vendor: vendor.name,
      supplier: vendor.supplier ?? vendor.name,
      product,
      code: goods.vendorCode ?? product,
      quantity,
      after,
      at: clock.now(),
    });
    if (placed.kind !== 'placed') return undefined;
    counters.add('placed', vendor.name);
    const { level } = plan;
    log.info(
      { vendor: vendor.name, reference, product, quantity, onHand, onOrder, target: level },
      'order placed',
    );
    return vendor.name;
  }

  #choose(product: string, sources: readonly Source[], book: OrderBook): Source | undefined {
    const now = this.#deps.clock.now();
    const willing = sources.filter(({ vendor }) => {
      const last = book.last.find((one) => one.product === product && one.vendor === vendor.name);
      return last?.state !== 'refused' || now - last.closedAt >= vendor.refusedRestMs;
    });
    return willing.find((source) => !source.isAway()) ?? willing[0];
  }

  #settingsOf({ leadMs, leadSpreadMs }: VendorProduct): OrderSettings {
    const settings = this.#settings;
    if (leadMs === undefined) return { ...settings, leadSpreadMs: leadSpreadMs ?? settings.leadSpreadMs };
    return { ...settings, leadMs, leadSpreadMs: leadSpreadMs ?? leadMs / 2 };
  }
}

/** Within the vendor's bounds, in whole lots. */
export function soldAs(quantity: number, { minQuantity, maxQuantity, lot }: VendorProduct): number {
  const lots = Math.ceil(Math.max(quantity, minQuantity) / lot);
  return Math.min(lots, Math.floor(maxQuantity / lot)) * lot;
}
