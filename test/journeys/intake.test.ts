/** P18: batches of PINs enter the stock, also of a switch that runs: encrypted, resumable, doubles refused by line. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startSeller } from '../support/attack.js';
import { Client, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { batchFile, childEnvironment, MAIN, run, scratch, startSwitch } from '../support/process.js';
import { eventually } from '../support/supplier.js';

const NONE = { mti: '', fields: {} };

t.test(
  'P18: a running switch sells what another process takes in, and nothing on disk shows a PIN',
  async (t) => {
    const running = await startSwitch(t);
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '84', 'no stock yet');
    const batch = batchFile(running.folder, 'TALK10', 200);
    const codes = new Set(
      readFileSync(batch, 'utf8')
        .split('\n')
        .map((line) => line.split(',')[1] ?? ''),
    );
    const taken = await run(['stock', 'intake', batch, '--data', running.folder, '--json']);
    t.equal(taken.code, 0);
    t.same(JSON.parse(taken.stdout.trim().split('\n').pop() ?? ''), { taken: 200, refused: 0 });
    const [pin = ''] = pinsOf((await client.ask('0200', saleOf('TALK10', 1000))) ?? NONE);
    t.ok(codes.has(pin), 'a PIN of the batch');
    await running.child.kill('SIGTERM');
    const files = ['switch.db', 'switch.db-wal'].map((name) => {
      try {
        return readFileSync(join(running.folder, name), 'latin1');
      } catch {
        return '';
      }
    });
    t.notOk(
      files.some((content) => content.includes(pin)),
      'sealed on disk',
    );
  },
);

t.test('P18: refused rows are reported by line and reason, and no report shows a PIN', async (t) => {
  const folder = scratch(t);
  const batch = batchFile(folder, 'TALK10', 3);
  const [, first = ''] = readFileSync(batch, 'utf8').split('\n');
  appendFileSync(
    batch,
    `${first}\nTALK10,77,S9,2099-01-01\nTALK10,777777777,S10,2099-02-30\nTALK10,888888888,S11,2001-01-01\n`,
  );
  const result = await run(['stock', 'intake', batch, '--data', folder, '--json']);
  t.same(JSON.parse(result.stdout.trim().split('\n').pop() ?? ''), { taken: 3, refused: 4 });
  const lines = result.stderr.trim().split('\n');
  t.match(lines, [/line 5: .*known/, /line 6: pin: /, /line 7: expiry: /, /line 8: expired/]);
  t.notMatch(result.stderr, new RegExp(first.split(',')[1] ?? '-'));
  const again = await run(['stock', 'intake', batch, '--data', folder, '--json']);
  t.same(
    JSON.parse(again.stdout.trim().split('\n').pop() ?? ''),
    { taken: 0, refused: 7 },
    'the same file again',
  );
});

t.test('P18: an intake that is killed goes on where it stopped, and no PIN enters twice', async (t) => {
  const folder = scratch(t);
  const batch = batchFile(folder, 'TALK10', 60_000);
  const begun = (): Promise<boolean> =>
    eventually(async () =>
      (await run(['stock', 'levels', '--data', folder, '--json'])).stdout.includes('stock'),
    );
  const first = await run(['stock', 'intake', batch, '--data', folder, '--json'], { killWhen: begun });
  t.equal(first.code, null, 'killed');
  const again = await run(['stock', 'intake', batch, '--data', folder]);
  t.equal(again.code, 0);
  t.match(again.stdout, /60000 taken in, 0 refused; went on behind line \d+/);
  t.ok(
    await eventually(async () => {
      const audit = await run(['stock', 'audit', '--data', folder, '--json']);
      const books = JSON.parse(audit.stdout.trim().split('\n').pop() ?? '{}') as Record<string, unknown>;
      return books.takenIn === 60_000 && books.accounted === 60_000 && books.ok === true;
    }),
    'every PIN once',
  );
});

t.test('P18: sales go on while a batch is taken in beside them', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 2_000 } });
  const seller = await startSeller(running.ports.ascii ?? 0);
  const batch = batchFile(running.folder, 'TALK10', 20_000);
  const before = seller.answers.length;
  const taken = await run(['stock', 'intake', batch, '--data', running.folder, '--json']);
  t.same(JSON.parse(taken.stdout.trim().split('\n').pop() ?? ''), { taken: 20_000, refused: 0 });
  t.ok(seller.answers.length - before > 10, `${seller.answers.length - before} sales meanwhile`);
  await seller.stop();
  t.ok(
    seller.answers.every((answer) => answer?.fields[39] === '00'),
    'each was answered 00',
  );
  const sold = seller.answers.length;
  t.match(await running.json('stock', 'audit'), { takenIn: 22_000, byCustody: { sold }, ok: true });
});

t.test('P18: who looks on a terminal sees how far it is', async (t) => {
  const folder = scratch(t);
  const batch = batchFile(folder, 'TALK10', 5_000);
  const command = `"${process.execPath}" "${MAIN}" stock intake "${batch}" --data "${folder}"`;
  const { status, stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: childEnvironment(),
  });
  if (error) return t.pass('no terminal to look at', { skip: error.message });
  t.equal(status, 0);
  t.match(stdout, /intake .*100% 5001\/5001 lines/);
  t.match(stdout, /5000 taken in, 0 refused/);
});
