/**
 * Stores that one place leaves open for the next on the same database: an opening costs threads, and what was emptied
 * meanwhile is found as what other processes commit is.
 */
import tap, { type Test } from 'tap';
import type { Store } from '../../src/store/store.js';
import type { Place } from './place.js';

export class ReusedStores {
  readonly #open: (where: string) => Promise<Store>;
  /** Nobody is at work on them; by their database. */
  readonly #idle = new Map<string, Store>();
  readonly #ended = new WeakSet<Store>();

  constructor(open: (where: string) => Promise<Store>) {
    this.#open = open;
    tap.teardown(() => Promise.all([...this.#idle.values()].map((store) => store.shutdown())));
  }

  /** `giveBack` empties the database, and lets another place have it. */
  place(t: Test, where: string, giveBack: () => unknown): Place {
    const stores: Store[] = [];
    t.teardown(async () => {
      const [first, ...others] = stores;
      await Promise.all(others.map((store) => store.shutdown()));
      if (first && !this.#ended.has(first)) this.#idle.set(where, first);
      await giveBack();
    });
    return {
      open: async () => {
        const store = this.#idle.get(where) ?? (await this.#opened(where));
        this.#idle.delete(where);
        stores.push(store);
        return store;
      },
    };
  }

  async #opened(where: string): Promise<Store> {
    const store = await this.#open(where);
    const shutdown = store.shutdown.bind(store);
    store.shutdown = () => {
      this.#ended.add(store);
      return shutdown();
    };
    return store;
  }
}
