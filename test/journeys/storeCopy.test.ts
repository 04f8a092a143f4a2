/**
 * T7: the books of a switch move from its embedded database to PostgreSQL, whole, though the copy is killed on its way; and
 * nothing can be sold from both sides.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import t, { type Test } from 'tap';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { databaseFor } from '../support/postgres.js';
import { run, startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, startSupplier } from '../support/supplier.js';

const PINS = 12_000;

async function clientOf(t: Test, { ports }: TestSwitch): Promise<Client> {
  const client = await Client.open(ports.ascii ?? 0);
  t.teardown(() => client.close());
  return client;
}

/** Resolves when PINs have arrived there. */
async function someArrived(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  await client.connect();
  for (let arrived = 0; arrived === 0; ) {
    const { rows } = await client.query('SELECT count(*) FROM pin').catch(() => ({ rows: [{ count: 0 }] }));
    arrived = Number(rows[0]?.count);
  }
  await client.end();
  return true;
}

t.test('T7: a switch goes on from PostgreSQL where it stopped on its own file', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const config = creditConfig({ http: supplier.port });
  const before = await startSwitch(t, { pins: { TALK10: PINS }, config });
  const client = await clientOf(t, before);
  const [sale, undone, credit] = [
    saleOf('TALK10', 1_000),
    saleOf('TALK10', 1_000),
    creditOf('5550001234', 900),
  ];
  const sold = await client.ask('0200', sale);
  t.match((await client.ask('0200', undone))?.fields, { 39: '00' });
  t.match((await client.ask('0400', reversalOf(undone)))?.fields, { 39: '00' });
  t.match((await client.ask('0200', credit))?.fields, { 39: '00' });
  const url = await databaseFor(t);
  const { folder } = before;
  const args = ['store', 'copy', '--from', join(folder, 'switch.db'), '--json'];
  const env = { PREPAID_SWITCH__store: url };
  const running = await run(args, { env });
  t.equal(running.code, 2);
  t.match(running.stderr, /another switch is running on it/);
  t.notOk(existsSync(join(folder, 'store.url')), 'nothing has happened');
  await before.child.kill('SIGTERM');

  const killed = await run(args, { env, killWhen: () => someArrived(url) });
  t.equal(killed.code, null);
  const halfway = await run(['stock', 'levels', '--data', folder]);
  t.equal(halfway.code, 2);
  t.match(halfway.stderr, /being moved from switch\.db; call `store copy` again/);
  const there = await run(['stock', 'levels', '--data', join(folder, 'other')], { env });
  t.equal(there.code, 2);
  t.match(there.stderr, /books are being copied into it/);

  const copied = await run(args, { env });
  t.equal(copied.code, 0, copied.stderr);
  const result = JSON.parse(copied.stdout);
  t.match(result, { takenIn: PINS, tables: { pin: PINS, journal: 4, forwarding: 0 } });
  t.ok(result.before > 0, 'it went on where it was killed');
  t.ok(existsSync(join(folder, 'switch.db.moved')));
  t.match((await run(args, { env })).stderr, /were moved before/);

  const after = await startSwitch(t, { folder, config });
  const again = await clientOf(t, after);
  const repeat = await again.ask('0201', sale);
  t.same(pinsOf(repeat ?? { mti: '', fields: {} }), pinsOf(sold ?? { mti: '', fields: {} }));
  t.match((await again.ask('0201', undone))?.fields, { 39: '12' });
  t.match((await again.ask('0201', credit))?.fields, { 39: '00' });
  t.match((await again.ask('0400', reversalOf(sale)))?.fields, { 39: '00' });
  t.match((await again.ask('0200', saleOf('TALK10', 1_000)))?.fields, { 39: '00' });
  t.match(await after.json('stock', 'audit'), {
    takenIn: PINS,
    byCustody: { sold: 1, quarantined: 2, stock: PINS - 3 },
  });
  t.equal((await supplier.ledger()).length, 1, 'the supplier was asked once');
});

t.test('what is copied is what was there, byte by byte; where it is not, that is told', async (t) => {
  const { folder, child } = await startSwitch(t, { pins: { TALK10: 2 } });
  await child.kill('SIGTERM');
  const file = join(folder, 'switch.db');
  const db = new Database(file);
  const texts = ["'\\x00", 'Überweisung — 支払い', 'a,b"c{d}\\N', '', ' NULL '];
  const add = db.prepare('INSERT INTO setting (name, value) VALUES (?, ?)');
  for (const [at, text] of texts.entries()) add.run(`odd.${at} ${text}`, text);
  db.prepare('INSERT INTO key_batch (id, key_id, wrapped) VALUES (?, ?, ?)').run(
    2 ** 52,
    'odd',
    Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  );
  const wanted = db.prepare('SELECT name, value FROM setting ORDER BY name').all();
  db.close();
  const url = await databaseFor(t);
  const args = ['store', 'copy', '--from', file, '--to', url];
  const client = new pg.Client(url);
  await client.connect();
  t.teardown(() => client.end());

  t.equal((await run(args)).code, 0);
  const found = (await client.query('SELECT name, value FROM setting ORDER BY name')).rows;
  t.same(
    found.filter(({ name }) => name !== 'store.copy'),
    wanted,
  );
  const [batch] = (await client.query('SELECT id, wrapped FROM key_batch ORDER BY id DESC LIMIT 1')).rows;
  t.equal(Number(batch.id), 2 ** 52);
  t.same([...batch.wrapped], [...Array(256).keys()]);
  const [next] = (await client.query("SELECT nextval('key_batch_id_seq') AS id")).rows;
  t.equal(Number(next.id), 2 ** 52 + 1);

  // As if the copy had been cut off before its comparison, and somebody had changed a row since.
  writeFileSync(file, readFileSync(`${file}.moved`));
  await client.query('UPDATE prepaid_switch_copy SET is_whole = false');
  await client.query("UPDATE pin SET serial = 'other' WHERE id = 2");
  const differs = await run(args);
  t.equal(differs.code, 1);
  t.match(differs.stderr, /table pin: the copy differs in the page of row 2/);
  t.ok(existsSync(file), 'nothing was moved');

  const other = await startSwitch(t, { pins: { TALK10: 1 } });
  await other.child.kill('SIGTERM');
  const refused = await run(['store', 'copy', '--from', join(other.folder, 'switch.db'), '--to', url]);
  t.equal(refused.code, 2);
  t.match(refused.stderr, /is a copy of other books/);
  t.notOk(existsSync(join(other.folder, 'store.url')), 'its folder is served from as before');
});
