/** `catalogue import FILE` on a data folder, with the trap of trap.ts. */
import { readCatalogue } from '../../src/app/catalogue/document.js';
import { storeDocument } from '../../src/app/catalogue/revisions.js';
import { databaseFile } from '../../src/app/data.js';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { trapped } from './trap.js';

const [catalogue = '', folder = ''] = process.argv.slice(2);
const store = await openSqliteStore({ file: databaseFile(folder), clock: systemClock });
await storeDocument(trapped(store), readCatalogue(catalogue), { by: 'crash', at: systemClock.now() });
await store.shutdown();
