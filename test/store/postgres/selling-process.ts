/** Sells 64 at once from the database named, so many sales from the first number on; one line `number kind pin .` each. */
import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.js';
import { openPostgresStore } from '../../../src/store/postgres/index.js';
import { APPROVED, saleEntry } from '../../contract/sample.js';

const CALLERS = 64;

const [url = '', first = '0', count = '0'] = process.argv.slice(2);
const store = await openPostgresStore({ url, clock: systemClock });
let next = Number(first);
const end = next + Number(count);

async function caller(): Promise<void> {
  while (next < end) {
    const n = next++;
    const sold = await store.sell({ entry: saleEntry(n), outcome: APPROVED, today: '20260301' });
    const pin =
      sold.kind === 'sold' ? sold.pins[0]?.id : sold.kind === 'repeat' ? sold.transaction.pins[0]?.id : 0;
    writeSync(1, `${n} ${sold.kind} ${pin} .\n`);
  }
}

await Promise.all(Array.from({ length: CALLERS }, caller));
await store.shutdown();
