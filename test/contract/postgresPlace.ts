/**
 * The store on PostgreSQL, for the contract. A store's opening costs four threads: a place's first one is that of an earlier
 * place, which finds that its database was emptied as it finds what other processes commit.
 */
import tap from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { openPostgresStore } from '../../src/store/postgres/index.js';
import type { Store } from '../../src/store/store.js';
import { reusedDatabase } from '../support/postgres.js';
import type { NewPlace } from './place.js';

/** Open, with nobody at work on it, by its database. */
const idle = new Map<string, Store>();
const ended = new WeakSet<Store>();
tap.teardown(() => Promise.all([...idle.values()].map((store) => store.shutdown())));

async function opened(url: string): Promise<Store> {
  const store = await openPostgresStore({ url, clock: systemClock });
  const shutdown = store.shutdown.bind(store);
  store.shutdown = () => {
    ended.add(store);
    return shutdown();
  };
  return store;
}

export const inADatabase: NewPlace = async (t) => {
  const stores: Store[] = [];
  const { url, giveBack } = await reusedDatabase(t);
  t.teardown(async () => {
    const [first, ...others] = stores;
    await Promise.all(others.map((store) => store.shutdown()));
    await giveBack();
    if (first && !ended.has(first)) idle.set(url, first);
  });
  return {
    open: async () => {
      const store = idle.get(url) ?? (await opened(url));
      idle.delete(url);
      stores.push(store);
      return store;
    },
  };
};
