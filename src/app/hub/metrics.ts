/** A hub's metrics for Prometheus. Labels are names from the books and from fixed lists, never what a caller sent. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { HubService } from '../../hub/server/service.js';
import type { Store } from '../../store/store.js';
import { collectProcessMetrics } from '../processMetrics.js';

export class HubMetrics {
  readonly registry = new Registry();
  readonly #calls = new Counter({
    name: 'prepaid_hub_calls_total',
    help: 'Calls of switches by what came of them',
    labelNames: ['call', 'result'],
    registers: [this.registry],
  });
  readonly #parcels = new Counter({
    name: 'prepaid_hub_parcels_total',
    help: 'Parcels sent to switches',
    labelNames: ['call'],
    registers: [this.registry],
  });

  readonly #vendors = new Counter({
    name: 'prepaid_hub_vendor_total',
    help: 'Orders to vendors, deliveries, PINs taken in, and faults, by what happened',
    labelNames: ['vendor', 'event'],
    registers: [this.registry],
  });

  constructor() {
    collectProcessMetrics(this.registry);
  }

  /** `result`: ok, or the refusal's word. */
  countCall(call: string, result: string): void {
    this.#calls.labels(call, result).inc();
  }

  countParcels(call: string, count: number): void {
    this.#parcels.labels(call).inc(count);
  }

  /** `event`: an AcquisitionEvent. */
  countVendor(vendor: string, event: string, count: number): void {
    this.#vendors.labels(vendor, event).inc(count);
  }

  observe(store: Store, service: HubService): void {
    this.#gauge('prepaid_hub_connected', 'Switches connected now', () => service.polls.connected().size);
    this.#gauge('prepaid_hub_polls', 'Polls held', () => service.polls.held);
    this.#gauge('prepaid_hub_asks', 'Asks under way', () => service.asks.underWay);
    this.#gauge('prepaid_hub_behind', 'Whether its books are older than a switch (1) or not (0)', async () =>
      (await store.behind()) === '' ? 0 : 1,
    );
    this.#gauge('prepaid_hub_awaited', 'Switches to be heard before anything is given', () => {
      return service.freshness.awaited;
    });
    const ordered: Gauge = new Gauge({
      name: 'prepaid_hub_on_order',
      help: 'PINs ordered from vendors and not yet taken in, by product',
      labelNames: ['product'],
      registers: [this.registry],
      async collect(): Promise<void> {
        const { open } = await store.orderBook();
        ordered.reset();
        for (const { product, quantity, taken } of open) {
          ordered.labels(product).inc(Math.max(quantity - taken, 0));
        }
      },
    });
    const stock: Gauge = new Gauge({
      name: 'prepaid_hub_stock',
      help: 'PINs for sale or on their way, by product and place',
      labelNames: ['product', 'place'],
      registers: [this.registry],
      async collect(): Promise<void> {
        const places = await stockOf(store);
        stock.reset();
        for (const [product, place, count] of places) stock.labels(product, place).set(count);
      },
    });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async (): Promise<void> => gauge.set(await read()),
    });
  }
}

/** Here, in transit, away; summed over switches. */
async function stockOf(store: Store): Promise<readonly (readonly [string, string, number])[]> {
  const sums = new Map<string, readonly [string, string, number]>();
  for (const { product, custody, count } of await store.holdings()) {
    if (custody !== 'stock' && custody !== 'transit' && custody !== 'away') continue;
    const place = custody === 'stock' ? 'here' : custody;
    const key = `${place} ${product}`;
    sums.set(key, [product, place, (sums.get(key)?.[2] ?? 0) + count]);
  }
  return [...sums.values()];
}
