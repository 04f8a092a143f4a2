/** The audit trail over real processes, and exports of PINs that nobody can make alone. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { Client, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { run, startSwitch } from '../support/process.js';

interface Listed {
  readonly entries: readonly {
    number: number;
    actor: string;
    action: string;
    said: Record<string, unknown>;
  }[];
}

t.test(
  'what operators do and keys are used for can be told afterwards, and a changed trail is found',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 20 } });
    const { folder, json } = running;
    await json('keys', 'rotate');
    await json('cutover', '--by', 'bob');
    const { entries } = (await json('audit', 'list')) as unknown as Listed;
    const told = entries.map(({ action }) => action);
    for (const action of ['takeIn', 'openKeys', 'addKeyBatch', 'rewrapKeyBatch', 'cutover', 'addRevision'])
      t.ok(told.includes(action), `${action} is told`);
    t.match(
      entries.find(({ action }) => action === 'cutover'),
      { said: { by: 'bob' } },
    );
    t.ok(entries.some(({ actor }) => actor === 'switch'));
    const verified = await json('audit', 'verify');
    t.match(verified, { ok: true, entries: entries.length });
    const { number, hash } = verified.head as { number: number; hash: string };
    t.match(running.child.output(), /audit trail head/);
    const verify = (...args: string[]) => run(['audit', 'verify', '--data', folder, ...args]);
    t.match(await verify('--head', `${number}:${hash}`), { code: 0 });
    t.match(await verify('--head', `${number}:${'0'.repeat(64)}`), {
      code: 1,
      stderr: /another hash than was noted/,
    });
    t.match(await verify('--head', 'x'), { code: 2, stderr: /--head: as 812:/ });
    if (process.env.STORE === 'postgres') return;
    const db = new Database(join(folder, 'switch.db'));
    t.teardown(() => db.close());
    db.prepare("UPDATE audit_trail SET said = '{}' WHERE number = 2").run();
    t.match(await verify(), { code: 1, stderr: /entry 2 is not as it was written/ });
  },
);

t.test(
  'PINs leave the system once two operators have approved with their keys, and are never sold',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 10 } });
    const { folder, json } = running;
    const keys = await Promise.all(['ann', 'bob', 'eve'].map((name) => operator(t, folder, name)));
    const [ann, bob, eve] = keys as [string, string, string];
    await run(['operator', 'remove', 'eve', '--data', folder]);
    const wanted = ['--product', 'TALK10', '--count', '4', '--by', 'ann', '--why', 'returned'];
    t.match(await json('stock', 'export', 'request', ...wanted), { id: 1 });
    const env = { PREPAID_SWITCH_PASSPHRASE: 'correct horse' };
    const approve = (key: string, more: Record<string, string> = env) =>
      run(['stock', 'export', 'approve', '1', '--key', key, '--data', folder], { env: more });
    const to = join(folder, 'pins.csv');
    const take = () => run(['stock', 'export', 'take', '1', '--to', to, '--data', folder]);
    t.match(await take(), { code: 1, stderr: /waits for two approvals/ });
    t.match(await approve(ann, { PREPAID_SWITCH_PASSPHRASE: 'wrong' }), {
      code: 2,
      stderr: /not to be opened/,
    });
    t.match(await approve(ann), { code: 0 });
    t.match(await approve(ann), { code: 1, stderr: /has approved it before/ });
    t.match(await approve(eve), { code: 1, stderr: /was removed/ });
    t.match(await take(), { code: 1, stderr: /waits for two approvals/ });
    t.match(await approve(bob), { code: 0 });
    t.match(await take(), { code: 0 });
    t.equal(statSync(to).mode & 0o777, 0o600);
    const exported = readFileSync(to, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    t.equal(exported.length, 4);
    t.match(exported[0], ['TALK10', /^\d{6,}$/, /^STALK10\d+$/, '2099-12-31']);
    t.match(await take(), { code: 0 }, 'a second time the same ones');
    t.strictSame(
      readFileSync(to, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(',')),
      exported,
    );
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const sold: string[] = [];
    for (let n = 0; n < 6; n += 1)
      sold.push(...pinsOf((await client.ask('0200', saleOf('TALK10', 1_000))) ?? never()));
    t.equal(
      (await client.ask('0200', saleOf('TALK10', 1_000)))?.fields[39] === '00',
      false,
      'nothing is left',
    );
    t.equal(
      new Set([...sold, ...exported.map(([, pin]) => pin)]).size,
      10,
      'no PIN is both sold and exported',
    );
    t.match(await json('stock', 'audit'), { ok: true, byCustody: { sold: 6, void: 4 } });
    const { entries } = (await json('audit', 'list')) as unknown as Listed;
    t.match(
      entries.filter(({ action }) => /Export/.test(action)).map(({ action, said }) => [action, said]),
      [
        ['requestExport', { id: 1, product: 'TALK10', count: 4, why: 'returned', requestedBy: 'ann' }],
        ['approveExport', { id: 1, operator: 'ann' }],
        ['approveExport', { id: 1, operator: 'bob' }],
        ['takeExport', { id: 1, pins: 4 }],
        ['takeExport', { id: 1, pins: 4 }],
      ],
    );
    for (const [, pin] of exported) t.notMatch(JSON.stringify(entries), new RegExp(`"${pin}"`));
  },
);

t.test('an approval that was not signed with the key of its operator counts for nothing', async (t) => {
  if (process.env.STORE === 'postgres') return;
  const running = await startSwitch(t, { pins: { TALK10: 3 } });
  const { folder, json } = running;
  for (const name of ['ann', 'bob']) await operator(t, folder, name);
  await json(
    'stock',
    'export',
    'request',
    '--product',
    'TALK10',
    '--count',
    '1',
    '--by',
    'eve',
    '--why',
    'mine',
  );
  const db = new Database(join(folder, 'switch.db'));
  t.teardown(() => db.close());
  const insert = db.prepare(
    'INSERT INTO pin_export_approval (export, operator, signature, at) VALUES (1, ?, ?, 1)',
  );
  for (const name of ['ann', 'bob']) insert.run(name, Buffer.alloc(64).toString('base64'));
  const args = ['stock', 'export', 'take', '1', '--to', join(folder, 'x.csv'), '--data', folder];
  t.match(await run(args), { code: 1, stderr: /was not signed with that key/ });
  t.match(await json('stock', 'levels'), { TALK10: { stock: 3 } });
});

/** A new operator; its key file. */
async function operator(t: Test, folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.pem`);
  const env = { PREPAID_SWITCH_PASSPHRASE: 'correct horse' };
  const { stdout, code } = await run(['operator', 'key', '--to', file], { env });
  t.equal(code, 0);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(readFileSync(file, 'utf8'), /ENCRYPTED PRIVATE KEY/);
  t.match(await run(['operator', 'add', name, stdout.trim(), '--data', folder]), { code: 0 });
  return file;
}

function never(): never {
  throw new Error('no answer');
}
