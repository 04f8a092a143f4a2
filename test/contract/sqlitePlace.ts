/** The embedded store in a file, for the contract. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import type { NewPlace } from './place.js';

export const inAFile: NewPlace = async (t) => {
  const file = join(t.testdir(), 'store.db');
  const opened: Store[] = [];
  t.teardown(() => Promise.all(opened.map((store) => store.shutdown())));
  return {
    open: async () => {
      const store = await openSqliteStore({ file, clock: systemClock });
      opened.push(store);
      return store;
    },
  };
};
