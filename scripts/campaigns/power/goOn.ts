/** Goes on with an installation that a power cut left: what was cut off can be called again, and PINs can be sold. */
import { existsSync } from 'node:fs';
import { keyFile } from '../../../src/app/data.js';
import { pruneJournal } from '../../../src/app/prune.js';
import { openStoreOf } from '../../../src/app/store.js';
import { systemClock } from '../../../src/base/clock.js';
import { systemRandom } from '../../../src/base/random.js';
import { loadKeyring } from '../../../src/stock/keyring.js';
import { openVault } from '../../../src/stock/vault.js';
import type { Store } from '../../../src/store/store.js';
import { APPROVED, saleEntry } from '../../../test/contract/sample.js';
import { faultOfAudit } from './books.js';
import { OLD_SALES } from './steps.js';

/** What operate.ts sold long ago was before it. */
const BEFORE = Date.UTC(2025, 5, 1);
/** In which nothing was sold so far. */
const NEW_SALE = OLD_SALES + 1;

/** What is wrong, in words; undefined where nothing is. */
export async function faultGoingOn(folder: string, archive: string): Promise<string | undefined> {
  const store = await openStoreOf({ dataFolder: folder, clock: systemClock });
  try {
    const { byCustody } = await store.audit();
    if (byCustody.stock > 0) await sellOne(store, folder);
    if (existsSync(archive))
      await pruneJournal({ store, folder: archive, before: BEFORE, progress: () => {} });
    return faultOfAudit(await store.audit());
  } catch (error) {
    return `does not go on: ${String(error)}`;
  } finally {
    await store.shutdown();
  }
}

/** Throws where the keys do not open what is sealed. */
async function sellOne(store: Store, folder: string): Promise<void> {
  const vault = await openVault(store, loadKeyring(keyFile(folder), {}), systemRandom);
  const entry = { ...saleEntry(NEW_SALE), receivedAt: systemClock.now() };
  const result = await store.sell({ entry, outcome: APPROVED, today: '20260301' });
  if (result.kind !== 'sold') throw new Error(`cannot sell: ${result.kind}`);
  for (const pin of result.pins) vault.openPin(pin, 'TALK10');
}
