/**
 * A decision by hand that is cut short: opens the database of a data folder and kills itself (SIGKILL) just before or
 * just after the store's verb `resolve`, as CRASH_AT says.
 */

import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { storedApproval, storedRefusal } from '../../src/switch/records.js';

const [folder = '', id = ''] = process.argv.slice(2);
const store = await openStoreOf({ dataFolder: folder, clock: systemClock });
process.stdout.write('open\n');
if (process.env.CRASH_AT === 'after') {
  await store.resolve({
    id: Number(id),
    as: 'done',
    by: 'ann',
    why: 'asked',
    at: systemClock.now(),
    approved: storedApproval('HAND01'),
    declined: storedRefusal('late'),
  });
}
process.kill(process.pid, 'SIGKILL');
