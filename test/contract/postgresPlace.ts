/** The store on PostgreSQL, for the contract. */
import { systemClock } from '../../src/base/clock.js';
import { openPostgresStore } from '../../src/store/postgres/index.js';
import { reusedDatabase } from '../support/postgres.js';
import type { NewPlace } from './place.js';
import { ReusedStores } from './reused.js';

const stores = new ReusedStores((url) => openPostgresStore({ url, clock: systemClock }));

export const inADatabase: NewPlace = async (t) => {
  const { url, giveBack } = await reusedDatabase(t);
  return stores.place(t, url, giveBack);
};
