/** `stock audit` and `stock levels` at a hub: what lies at each switch, and whether the switches agree. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { databaseFile } from '../../src/app/data.js';
import { systemClock } from '../../src/base/clock.js';
import { STATEMENT_WANTED } from '../../src/hub/server/settings.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { allocation, enrolled, type Peer } from '../contract/hubPeer.js';
import { chunkOf, intakeRows } from '../contract/sample.js';
import { commandLine } from '../support/commandLine.js';
import { run, scratch } from '../support/process.js';

async function hub(t: Test): Promise<{ folder: string; peer: Peer }> {
  const folder = scratch(t);
  const store = await openSqliteStore({ file: databaseFile(folder), clock: systemClock });
  t.teardown(() => store.shutdown());
  const peer = await enrolled(store, 'one');
  await enrolled(store, 'two');
  await store.takeIn(chunkOf(intakeRows(0, 10)));
  await store.allocate(allocation(peer, 4));
  await peer.take();
  await store.allocate(allocation(peer, 2));
  return { folder, peer };
}

const EMPTY = { transfer: 1, change: 0, lines: [] };

t.test('levels say what lies at the hub and at each switch', async (t) => {
  const { folder } = await hub(t);
  const { stdout } = await run(['stock', 'levels', '--data', folder, '--json']);
  t.strictSame(JSON.parse(stdout), {
    hub: { TALK10: { stock: 4 } },
    switches: { one: { TALK10: { away: 4, transit: 2 } }, two: {} },
  });
  t.match(await commandLine(['stock', 'levels', '--data', folder]), {
    code: 0,
    stdout: /\none +TALK10 +away +4\n/,
  });
});

t.test(
  'an audit asks for statements, waits for those who are connected, and tells what differs',
  async (t) => {
    const { folder, peer } = await hub(t);
    const quiet = await commandLine(['stock', 'audit', '--data', folder]);
    t.match(quiet, { code: 0, stdout: /one +1 +active +2 +4 +0 .* none yet\ntwo +1 +active +0 / });
    await peer.say({ at: systemClock.now() });
    const audit = commandLine(['stock', 'audit', '--data', folder, '--json', '--wait', '60']);
    const asked = await peer.store.setting(STATEMENT_WANTED);
    while ((await peer.store.setting(STATEMENT_WANTED)) === asked) await sleep(10);
    await peer.say({ at: systemClock.now(), statement: EMPTY });
    const { code, stdout, stderr } = await audit;
    const difference = 'TALK10 away: here 4, there 0';
    t.equal(code, 1);
    t.match(stderr, `audit: not clean: one states otherwise: ${difference}`);
    t.match(JSON.parse(stdout), {
      ...{ takenIn: 10, accounted: 10, ok: false },
      switches: [
        { switch: 'one', holdings: { TALK10: { away: 4, transit: 2 } }, isFresh: true, difference },
        { switch: 'two', holdings: {}, statedAt: null, isFresh: false, difference: '' },
      ],
    });
    const late = await commandLine(['stock', 'audit', '--data', folder, '--wait', '0']);
    t.match(late, { code: 1, stdout: /differed .*Z, none since: TALK10 away/ });
    await peer.store.retire({ name: 'one', by: 'ann', why: 'lost', at: 1 });
    t.match(await commandLine(['stock', 'audit', '--data', folder]), {
      code: 0,
      stdout: /one +1 +retired +0 +0 +0 +6 /,
    });
  },
);

t.test('an audit is not clean while the hub’s books are old', async (t) => {
  const { folder, peer } = await hub(t);
  await peer.say({ transfer: 9 });
  const { code, stderr } = await commandLine(['stock', 'audit', '--data', folder, '--wait', '0']);
  t.equal(code, 1);
  t.match(stderr, "the hub's books are old: one has transfer 9, here 2");
});
