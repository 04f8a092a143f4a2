/** Joining a network, and what a member's commands say: a hub of the tests' own, the command line as processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { createKeyFile } from '../../src/stock/keyring.js';
import { claim, openSqliteStore } from '../../src/store/sqlite/index.js';
import { TestHub } from '../hub/client/hub.js';
import { commandLine } from '../support/commandLine.js';
import { batchFile, run, scratch } from '../support/process.js';

const CODE = 'LBMKB-GTQ5X-9YH4Y-YRKFR';
const NOT_VALID = 'no switch was invited by this code';

t.test('a switch joins by its code; each refusal is one line, and the code works again', async (t) => {
  const hub = await TestHub.start(t);
  const folder = scratch(t);
  const joined = (...more: string[]) =>
    run(['join', '--hub', hub.url, '--code', '-', '--data', folder, ...more], { input: `${CODE}\n` });
  const refused = { error: 'unknown-code', detail: NOT_VALID, fatal: false };
  hub.mishaps.set('/v1/enrol', [{ status: 403, body: refused }, 'lose-answer', { status: 500, body: 'no' }]);
  t.match(await joined(), {
    code: 1,
    stderr: `prepaid-switch: ${hub.url}: refused (unknown-code): ${NOT_VALID}\n`,
  });
  t.match(await joined(), { code: 1, stderr: /^.*connection was lost; run it again with the same code\n$/ });
  t.match(await joined(), { code: 1, stderr: /^.*it answered 500; run it again with the same code\n$/ });
  const release = claim(join(folder, 'serving.lock'));
  t.match(await joined(), { code: 2, stderr: /^.*another switch is running on it\n$/ });
  release();
  t.match(await run(['network', 'status', '--data', folder]), { code: 1, stderr: /is a member of none\n$/ });
  t.match(JSON.parse((await joined('--json')).stdout), {
    name: 'north',
    epoch: 1,
    hub: hub.url,
    changed: true,
  });
  t.match(JSON.parse((await joined('--json')).stdout), { name: 'north', epoch: 1, changed: false });
  const asked = hub.calls.map(({ body }) => JSON.stringify(body));
  t.equal(asked.length, 4);
  t.equal(new Set(asked).size, 1, 'the same key and token each time');

  const status = await commandLine(['network', 'status', '--data', folder]);
  t.equal(status.code, 0);
  t.match(status.stdout, /north, epoch 1/);
  t.match(status.stdout, /never/);
  t.match(JSON.parse((await commandLine(['network', 'status', '--data', folder, '--json'])).stdout), {
    stopped: '',
    transfer: 0,
    lastContactAt: null,
    untold: { changes: 0, sales: 0 },
  });

  const catalogue = join(folder, 'catalogue.yaml');
  writeFileSync(catalogue, 'providers: []\n');
  const by = ['--by', 'ann', '--why', 'a test', '--currency', '840'];
  for (const [what, ...args] of [
    ['stock comes', 'stock', 'intake', batchFile(folder, 'TALK10', 1)],
    ['catalogue comes', 'catalogue', 'import', catalogue],
    ['catalogue comes', 'catalogue', 'set', 'products.TALK10.price=1'],
    ["merchants' money comes", 'merchant', 'fund', 'SHOP', '100', ...by],
    ["merchants' money comes", 'merchant', 'withdraw', 'SHOP', '100', ...by],
  ] as string[][]) {
    const line = `prepaid-switch: this switch's ${what} from the hub, ${hub.url}: do it there\n`;
    t.match(await commandLine([...args, '--data', folder]), { code: 1, stderr: line });
  }
  t.notMatch(readFileSync(join(folder, 'switch.db')).toString('latin1'), CODE, 'the code is kept nowhere');
});

t.test('a switch with PINs of its own does not join, and its code is not used up', async (t) => {
  const hub = await TestHub.start(t);
  const folder = scratch(t);
  await commandLine(['stock', 'intake', batchFile(folder, 'TALK10', 1), '--data', folder]);
  const result = await commandLine(['join', '--hub', hub.url, '--code', CODE, '--data', folder]);
  t.match(result, { code: 1, stderr: /did not come from the hub/ });
  t.equal(hub.calls.length, 0);
});

t.test("a hub's data folder is no switch's, and a member's is no hub's", async (t) => {
  const hub = await TestHub.start(t);
  const [hubFolder, switchFolder] = [scratch(t), scratch(t)];
  const file = join(hubFolder, 'empty.yaml');
  writeFileSync(file, 'listen: { port: 0 }\nadmin: { port: 0 }\n');
  const store = await openSqliteStore({ file: join(hubFolder, 'switch.db'), clock: systemClock });
  await store.setSetting('hub.network', hub.network);
  await store.shutdown();
  const joining = ['join', '--hub', hub.url, '--code', CODE, '--data'];
  createKeyFile(join(hubFolder, 'keys.json'), systemRandom);
  t.match(await commandLine([...joining, hubFolder]), { code: 2, stderr: /^.*data folder: a hub's .*\n$/ });
  t.equal(hub.calls.length, 0);
  await commandLine([...joining, switchFolder]);
  const refused = { code: 2, stderr: /^.*data folder: the switch's that is north at .*\n$/ };
  for (const args of [
    ['hub', 'serve', '--config', file],
    ['hub', 'switch', 'enrol', 'south'],
  ])
    t.match(await commandLine([...args, '--data', switchFolder]), refused);
});

t.test('what is no address or no code is wrong usage', async (t) => {
  const folder = scratch(t);
  for (const [hub, code] of [
    ['ftp://hub', CODE],
    ['hub:8590', CODE],
    ['http://hub', 'short'],
    ['http://:word@hub', CODE],
  ] as const) {
    t.match(await commandLine(['join', '--hub', hub, '--code', code, '--data', folder]), { code: 2 });
  }
  // Not by `commandLine`: it would wait for an end of the runner's own standard input.
  const nothing = await run(['join', '--hub', 'http://hub', '--code', '-', '--data', folder], { input: '' });
  t.match(nothing, { code: 2 });
});
