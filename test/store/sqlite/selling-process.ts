/** Sells from the file named until it is killed, 64 sales in flight; one line `number pin .` a sale, once it is answered. */
import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { APPROVED, saleEntry } from '../../contract/sample.js';

const [file = '', first = '0'] = process.argv.slice(2);
const store = await openSqliteStore({ file, clock: systemClock });
let next = Number(first);

async function caller(): Promise<void> {
  for (;;) {
    const n = next++;
    const sold = await store.sell({ entry: saleEntry(n), outcome: APPROVED, today: '20260301' });
    if (sold.kind !== 'sold') return;
    writeSync(1, `${n} ${sold.pins[0]?.id} .\n`);
  }
}

await Promise.all(Array.from({ length: 64 }, caller));
await store.shutdown();
