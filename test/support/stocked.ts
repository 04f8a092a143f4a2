/** A store on a PostgreSQL database with PINs of TALK10 in it, and a client of the test's own beside it. */
import pg from 'pg';
import { systemClock } from '../../src/base/clock.js';
import { openPostgresStore } from '../../src/store/postgres/index.js';
import type { Store } from '../../src/store/store.js';
import { chunkOf, intakeRows } from '../contract/sample.js';

export async function stockedStore(
  t: { teardown(task: () => unknown): void },
  url: string,
  pins: number,
): Promise<{ store: Store; client: pg.Client }> {
  const store = await openPostgresStore({ url, clock: systemClock });
  await store.takeIn(chunkOf(intakeRows(0, pins), { progress: pins }));
  const client = new pg.Client(url);
  await client.connect();
  t.teardown(async () => {
    await client.end();
    await store.shutdown();
  });
  return { store, client };
}
