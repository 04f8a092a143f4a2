import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commandLine } from '../support/commandLine.js';
import { batchFile, run, scratch, startSwitch } from '../support/process.js';

t.test('create makes a key file once, and never another over it', async (t) => {
  const data = join(scratch(t), 'data');
  const file = join(data, 'keys.json');
  t.strictSame(await run(['keys', 'create', '--data', data, '--json']), {
    code: 0,
    stdout: '{"current":"k1"}\n',
    stderr: '',
  });
  t.equal(statSync(file).mode & 0o777, 0o600);
  const before = readFileSync(file, 'utf8');
  t.match(await commandLine(['keys', 'create', '--data', data]), {
    code: 2,
    stderr: /keys\.json: is there already\n$/,
  });
  t.equal(readFileSync(file, 'utf8'), before);
});

t.test('list tells ids and how many data keys each wraps, and no key', async (t) => {
  const data = scratch(t);
  await commandLine(['stock', 'intake', batchFile(data, 'TALK10', 3), '--data', data]);
  await commandLine(['keys', 'rotate', '--data', data]);
  const { stdout } = await commandLine(['keys', 'list', '--data', data, '--json']);
  const { keys } = JSON.parse(readFileSync(join(data, 'keys.json'), 'utf8')) as { keys: object };
  t.match(JSON.parse(stdout), {
    current: 'k2',
    keys: [
      { id: 'k1', current: false, dataKeys: 0 },
      { id: 'k2', current: true, dataKeys: Number },
    ],
  });
  const text = await commandLine(['keys', 'list', '--data', data]);
  for (const key of Object.values(keys)) t.notOk(`${stdout}${text.stdout}`.includes(key));
});

t.test('keys in the environment are used, told to be changed there, and rewrapped to', async (t) => {
  const data = scratch(t);
  const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
  const inline = (current: string): Record<string, string> => ({
    PREPAID_SWITCH_KEYS: JSON.stringify({ current, keys: { a: key(1), b: key(2) }, mark: key(3) }),
  });
  const batch = batchFile(data, 'TALK10', 3);
  t.equal((await run(['stock', 'intake', batch, '--data', data], { env: inline('a') })).code, 0);
  for (const command of ['create', 'rotate']) {
    const refused = await run(['keys', command, '--data', data], { env: inline('b') });
    t.match(refused, { code: 2, stderr: /PREPAID_SWITCH_KEYS/ });
  }
  const rewrapped = await run(['keys', 'rewrap', '--data', data, '--json'], { env: inline('b') });
  t.match(JSON.parse(rewrapped.stdout), { current: 'b', rewrapped: 2 });
  const listed = await run(['keys', 'list', '--data', data, '--json'], { env: inline('b') });
  t.match(JSON.parse(listed.stdout).keys, [{ id: 'a', dataKeys: 0 }, { id: 'b' }]);
});

t.test(
  'a rotation while the switch runs: it sells what was there and what came after, and again after a restart',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 50 } });
    const sell = async (product: string, to = running): Promise<void> => {
      const args = ['terminal', 'sell', '--to', `127.0.0.1:${to.ports.ascii}`, '--product', product];
      const { code, stdout, stderr } = await run(args);
      t.equal(code, 0, `${product} is sold: ${stdout} ${stderr}`);
    };
    await sell('TALK10');
    t.match(await running.json('keys', 'rotate'), { current: 'k2' });
    await sell('TALK10');
    t.strictSame(await running.json('stock', 'intake', batchFile(running.folder, 'TALK20', 5)), {
      taken: 5,
      refused: 0,
    });
    await sell('TALK20');
    await running.child.kill('SIGTERM');
    const restarted = await running.restart();
    await sell('TALK10', restarted);
    await sell('TALK20', restarted);
    t.match(await running.json('stock', 'audit'), { ok: true, byCustody: { sold: 5 } });
  },
);
