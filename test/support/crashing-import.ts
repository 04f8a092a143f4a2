/** `catalogue import FILE` on a data folder, with the trap of trap.ts. */
import { readCatalogue } from '../../src/app/catalogue/document.js';
import { storeDocument } from '../../src/app/catalogue/revisions.js';
import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { trapped } from './trap.js';

const [catalogue = '', folder = ''] = process.argv.slice(2);
const store = await openStoreOf({ dataFolder: folder, clock: systemClock });
await storeDocument(trapped(store), readCatalogue(catalogue), { by: 'crash', at: systemClock.now() });
await store.shutdown();
