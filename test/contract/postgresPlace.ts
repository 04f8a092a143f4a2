/** The store on PostgreSQL, for the contract. */
import { systemClock } from '../../src/base/clock.js';
import { openPostgresStore } from '../../src/store/postgres/index.js';
import type { Store } from '../../src/store/store.js';
import { reusedDatabase } from '../support/postgres.js';
import type { NewPlace } from './place.js';

export const inADatabase: NewPlace = async (t) => {
  const opened: Store[] = [];
  const { url, giveBack } = await reusedDatabase(t);
  t.teardown(async () => {
    await Promise.all(opened.map((store) => store.shutdown()));
    await giveBack();
  });
  return {
    open: async () => {
      const store = await openPostgresStore({ url, clock: systemClock });
      opened.push(store);
      return store;
    },
  };
};
