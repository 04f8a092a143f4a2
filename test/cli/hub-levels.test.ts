/** `hub levels`: what lies where and what the hub wants there, as its books say. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { databaseFile } from '../../src/app/data.js';
import { systemClock } from '../../src/base/clock.js';
import { DesiredLevels } from '../../src/hub/keeper/desired.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { allocation, enrolled, saleOf } from '../contract/hubPeer.js';
import { chunkOf, intakeRows } from '../contract/sample.js';
import { commandLine } from '../support/commandLine.js';
import { run, scratch } from '../support/process.js';

t.test('tells level, stock, transfers under way and demand of each product and switch', async (t) => {
  const folder = join(scratch(t), 'data');
  mkdirSync(folder);
  const store = await openSqliteStore({ file: databaseFile(folder), clock: systemClock });
  const peer = await enrolled(store, 'north');
  await store.takeIn(chunkOf(intakeRows(0, 20)));
  await store.allocate(allocation(peer, 5));
  await peer.take();
  await store.allocate(allocation(peer, 3));
  const at = systemClock.now();
  await peer.say({ sales: [saleOf(1, { at, quantity: 2 }), saleOf(2, { at, kind: 'missed' })] });
  const desired = { switchId: peer.id, product: 'TALK10', low: 4, desired: 9 };
  await new DesiredLevels({ store, clock: systemClock }).keep([desired]);
  await store.shutdown();
  const json = await run(['hub', 'levels', '--data', folder, '--json']);
  t.equal(json.code, 0);
  t.match(JSON.parse(json.stdout), {
    levels: [
      { product: 'TALK10', switch: null, desired: null, there: 12 },
      { product: 'TALK10', switch: 'north', desired: 9, there: 5, underWay: 3, sold: 2, missed: 1 },
    ],
  });
  const table = await commandLine(['hub', 'levels', '--data', folder]);
  t.match(table.stdout, /^desired +there +under way/);
  t.match(table.stdout, /^ +9 +5 +3 +2 +1 +north +TALK10$/m);
});
