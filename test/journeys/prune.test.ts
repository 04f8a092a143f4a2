/** T7: old transactions leave the journal for files by day, while the switch sells, though the command is killed on its way. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { APPROVED, saleEntry } from '../contract/sample.js';
import { Client, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { run, scratch, startSwitch } from '../support/process.js';

const OLD = 6_000;
const YOUNG = 200;
const DAY_MS = 86_400_000;

/** Sells as a switch of long ago did: on three days. */
async function sellLongAgo(folder: string): Promise<void> {
  const long = Date.UTC(2025, 2, 1, 12);
  const store = await openStoreOf({ dataFolder: folder, clock: { ...systemClock, now: () => long } });
  const sales = Array.from({ length: OLD }, (_, n) => {
    const receivedAt = long + Math.floor((n * 3) / OLD) * DAY_MS;
    const entry = { ...saleEntry(n), key: `old-${n}`, receivedAt };
    return store.sell({ entry, outcome: APPROVED, today: '20250301' });
  });
  for (const { kind } of await Promise.all(sales)) if (kind !== 'sold') throw new Error(kind);
  await store.shutdown();
}

t.test('T7: old transactions are archived while others are made, and the audit knows them', async (t) => {
  const first = await startSwitch(t, { pins: { TALK10: OLD + YOUNG } });
  const { folder } = first;
  await first.child.kill('SIGTERM');
  await sellLongAgo(folder);
  const running = await first.restart();
  t.match(await running.json('stock', 'audit'), { ok: true, byCustody: { sold: OLD } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const told: string[] = [];
  let selling = true;
  let slowest = 0;
  const load = (async () => {
    while (selling && told.length < YOUNG) {
      const begun = performance.now();
      const answer = await client.ask('0200', saleOf('TALK10', 1_000));
      slowest = Math.max(slowest, performance.now() - begun);
      t.equal(answer?.fields[39], '00');
      told.push(...(answer ? pinsOf(answer) : []));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const archive = join(folder, 'archive');
  const args = ['journal', 'prune', '--keep', '400d', '--data', folder, '--json'];
  const written = async (): Promise<boolean> =>
    ((await running.json('journal', 'archives')).archives as unknown[]).length > 0;
  const killed = await run(args, { killWhen: written });
  t.comment(killed.code === null ? 'killed with a file written' : 'done before it was killed');
  t.match(await running.json('stock', 'audit'), { ok: true });
  const { code, stderr } = await run(args);
  t.equal(code, 0, stderr);
  selling = false;
  await load;
  t.ok(told.length > 0);
  t.equal(new Set(told).size, told.length, 'each sale meanwhile has a PIN of its own');
  t.comment(`${told.length} sales meanwhile, the slowest ${Math.round(slowest)} ms`);
  const { archives } = (await running.json('journal', 'archives')) as {
    archives: { name: string; rows: number; removed: number; sha256: string; isDone: boolean }[];
  };
  t.match(
    archives,
    ['20250301', '20250302', '20250303'].map((day) => ({ name: RegExp(`^journal-${day}-`) })),
  );
  const keys = archives.flatMap(({ name, sha256, isDone, rows, removed }) => {
    const content = readFileSync(join(archive, name));
    t.equal(createHash('sha256').update(content).digest('hex'), sha256);
    t.ok(isDone);
    t.equal(removed, rows);
    return gunzipSync(content)
      .toString()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { key: string }).key);
  });
  t.strictSame(keys.sort(), Array.from({ length: OLD }, (_, n) => `old-${n}`).sort(), 'each of them once');
  t.equal(readdirSync(archive).length, 3);
  const audit = await running.json('stock', 'audit');
  t.match(audit, { ok: true, byCustody: { sold: OLD + told.length } });
  t.equal((await run(['journal', 'find', '--id', '1', '--data', folder])).code, 1);
  t.match(await running.json('journal', 'prune', '--keep', '400d'), { rows: 0, files: [] });
});

t.test('T7: too short a time to keep is refused', async (t) => {
  const folder = scratch(t);
  for (const keep of ['30d', '400', 'x', '-1d'])
    t.match(await run(['journal', 'prune', '--keep', keep, '--data', folder]), {
      code: 2,
      stderr: /at least 35d/,
    });
});
