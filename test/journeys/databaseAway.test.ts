/** T7: the database server is killed under a selling switch, and comes back: nothing answered is lost, nobody starts anything. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { Client, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { killableServer } from '../support/postgres.js';
import { baseConfig, freePort, run, scratch, start, startSwitch } from '../support/process.js';
import { eventually } from '../support/supplier.js';

/** A decline that says that the switch, or what it needs, is out of order. */
const OUT_OF_ORDER = /^9[16]$/;
const RELOAD = 'SELECT pg_reload_conf()';
const ENDS_ALL = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'seller'`;

t.test(
  'T7: sales are declined while the database is read-only, or has no connection left, and go on afterwards',
  async (t) => {
    const server = await killableServer(t);
    const client = new pg.Client(server.url);
    await client.connect();
    t.teardown(() => client.end());
    await client.query('CREATE ROLE seller LOGIN');
    await client.query('CREATE DATABASE books OWNER seller');
    const url = new URL('/books', server.url);
    url.username = 'seller';
    const folder = scratch(t);
    writeFileSync(join(folder, 'store.url'), url.href);
    const running = await startSwitch(t, { folder, pins: { TALK10: 20 } });
    const terminal = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => terminal.close());
    const sells = async (): Promise<string | undefined> =>
      (await terminal.ask('0200', saleOf('TALK10', 1_000), 5_000))?.fields[39];
    t.equal(await sells(), '00');
    for (const [what, begun, ended] of [
      [
        'read-only',
        ['ALTER SYSTEM SET default_transaction_read_only = on', RELOAD],
        ['ALTER SYSTEM RESET default_transaction_read_only', RELOAD],
      ],
      [
        'without connections',
        ['ALTER ROLE seller CONNECTION LIMIT 0', ENDS_ALL],
        ['ALTER ROLE seller CONNECTION LIMIT -1'],
      ],
    ] as const) {
      for (const text of begun) await client.query(text);
      t.ok(await eventually(async () => OUT_OF_ORDER.test((await sells()) ?? '')), `${what}: declined`);
      for (const text of ended) await client.query(text);
      t.ok(await eventually(async () => (await sells()) === '00'), `${what} no more: sold`);
    }
    t.match(await running.json('stock', 'audit'), { ok: true });
  },
);

/** Started, and waiting for its database. */
async function waitingFor(t: Test, command: readonly string[], config: Record<string, unknown>) {
  const folder = scratch(t);
  const port = await freePort();
  const file = join(folder, 'config.yaml');
  writeFileSync(file, stringify({ ...config, admin: { host: '127.0.0.1', port } }));
  const child = await start([...command, '--config', file, '--data', folder], (output) =>
    /the database is away/.test(output),
  );
  t.teardown(() => child.kill());
  return { child, readyz: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status };
}

const HUB = { listen: { host: '127.0.0.1', port: 0 } };

t.test('T7: sales are declined in time while the database is away, and go on when it is back', async (t) => {
  const server = await killableServer(t);
  const folder = scratch(t);
  const url = new URL(server.url);
  url.password = 'hunter2';
  writeFileSync(join(folder, 'store.url'), `${url.href}\n`);
  const running = await startSwitch(t, { folder, pins: { TALK10: 300 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const readyz = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${running.ports.admin}/readyz`)).status;
  t.equal(await readyz(), 200);
  const sales = Array.from({ length: 60 }, () => saleOf('TALK10', 1_000));
  const told = new Map<number, string>();
  const ask = async (at: number): Promise<string | undefined> => {
    const answer = await client.ask(at < 60 && told.has(at) ? '0201' : '0200', sales[at] ?? {}, 5_000);
    const [pin] = answer ? pinsOf(answer) : [];
    if (answer?.fields[39] === '00' && pin) {
      t.equal(told.get(at) ?? pin, pin, 'the same PIN');
      told.set(at, pin);
    }
    return answer?.fields[39];
  };
  for (let at = 0; at < 30; at += 1) void ask(at);
  server.kill();
  t.ok(await eventually(async () => (await readyz()) === 503), 'it says that it is not ready');
  const begun = performance.now();
  t.match(await ask(40), OUT_OF_ORDER);
  t.ok(performance.now() - begun < 3_000, 'declined soon');
  server.startAgain();
  t.ok(await eventually(async () => (await readyz()) === 200), 'it is ready again by itself');
  for (let at = 0; at < 60; at += 1) t.equal(await ask(at), '00');
  t.equal(new Set(told.values()).size, 60, 'each sale has a PIN of its own');
  t.match(await running.json('stock', 'audit'), { byCustody: { sold: 60, stock: 240 } });
  t.notMatch(running.child.output(), /hunter2/, 'the password stands in no line of the log');
});

t.test(
  'T7: a switch and a hub that find no database wait for it, not ready, and start when it is there',
  async (t) => {
    const server = await killableServer(t);
    const client = new pg.Client(server.url);
    await client.connect();
    await client.query('CREATE DATABASE hub');
    await client.end();
    server.kill();
    const waiting = [
      await waitingFor(t, ['serve'], { ...baseConfig(), store: server.url }),
      await waitingFor(t, ['hub', 'serve'], { ...HUB, store: new URL('/hub', server.url).href }),
    ];
    for (const { child, readyz } of waiting) {
      t.match(child.output(), /database 127\.0\.0\.1:\d+\/\w+ cannot be reached \(ECONNREFUSED\)/);
      t.equal(await readyz(), 503);
    }
    server.startAgain();
    for (const { child, readyz } of waiting) {
      t.ok(await eventually(async () => (await readyz()) === 200), 'ready by itself');
      t.equal(await child.kill('SIGTERM'), 0);
    }
  },
);

t.test('T7: a command that finds no database says so in one line, and no password', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'store.url'), 'postgres://ann:hunter2@127.0.0.1:1/none\n');
  const { code, stderr } = await run(['stock', 'audit', '--data', folder]);
  t.equal(code, 2);
  t.match(stderr, /database 127\.0\.0\.1:1\/none cannot be reached \(ECONNREFUSED\)/);
  t.notMatch(stderr, /hunter2/);
  t.equal(stderr.trim().split('\n').length, 1);
});
