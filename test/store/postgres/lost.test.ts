/** Connections that end: between verbs, under load, during a commit. And what a store refuses to start on. */
import pg from 'pg';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { StoreBusy, StoreRefused } from '../../../src/store/errors.js';
import { openPostgresStore } from '../../../src/store/postgres/index.js';
import type { Store } from '../../../src/store/store.js';
import { booksAreRight } from '../../contract/place.js';
import { APPROVED, saleEntry } from '../../contract/sample.js';
import { databaseFor, killableServer, ownServer } from '../../support/postgres.js';
import { stockedStore } from '../../support/stocked.js';

const TODAY = '20260301';
const THEIRS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = 'prepaid-switch' AND datname = current_database()`;

const sell = (store: Store, n: number) =>
  store.sell({ entry: saleEntry(n), outcome: APPROVED, today: TODAY });

/** Sells under one key until it is told what stands. */
async function sold(store: Store, n: number): Promise<number> {
  for (;;) {
    try {
      const result = await sell(store, n);
      if (result.kind === 'sold') return result.pins[0]?.id ?? 0;
      if (result.kind === 'repeat') return result.transaction.pins[0]?.id ?? 0;
      throw new Error(result.kind);
    } catch (error) {
      if (!(error instanceof StoreBusy)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

t.test(
  'connections that end under load cost nobody a PIN: the same keys are told the same PINs',
  async (t) => {
    const SALES = 600;
    const { store, client } = await stockedStore(t, await databaseFor(t), SALES);
    let ending = true;
    const ended = (async () => {
      for (let rounds = 0; ending; rounds += 1) {
        await client.query(THEIRS);
        await new Promise((resolve) => setTimeout(resolve, 60 + (rounds % 7) * 30));
      }
    })();
    const pins: number[] = [];
    for (let from = 0; from < SALES; from += 50) {
      pins.push(...(await Promise.all(Array.from({ length: 50 }, (_, at) => sold(store, from + at)))));
    }
    ending = false;
    await ended;
    t.equal(new Set(pins).size, SALES);
    await sold(store, 0);
    t.same(await Promise.all(pins.map((_, n) => sold(store, n))), pins);
    await booksAreRight(t, store);
  },
);

t.test('a connection that ends during its commit: what stands is found out, and answered', async (t) => {
  const { store, client } = await stockedStore(t, await ownServer(t), 10);
  // A standby that never comes: the commit stands on this server's disk, and waits.
  await client.query('SET synchronous_commit = local');
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
  await client.query('SELECT pg_reload_conf()');
  const waiting = async (): Promise<number> =>
    Number(
      (await client.query(`SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).rows[0]
        ?.count,
    );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const result = sell(store, 1);
  while ((await waiting()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = ''`);
  await client.query(THEIRS);
  await client.query('SELECT pg_reload_conf()');
  t.match(await result, { kind: 'sold' });
  t.match(await sell(store, 1), { kind: 'repeat' });
  await booksAreRight(t, store);
});

t.test(
  'a server killed inside a commit: who asks meanwhile is refused at once, and what stands is told afterwards',
  async (t) => {
    const server = await killableServer(t);
    const { store, client } = await stockedStore(t, server.url, 10);
    client.on('error', () => {});
    await client.query('SET synchronous_commit = local');
    await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await client.query('SELECT pg_reload_conf()');
    await new Promise((resolve) => setTimeout(resolve, 300));
    // One by the way beside others, one by the way alone: see engine.ts.
    const sale = sell(store, 1);
    const setting = store.setSetting('what', 'stands');
    const inCommit = async (): Promise<number> =>
      Number(
        (await client.query(`SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).rows[0]
          ?.count,
      );
    while ((await inCommit()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    // As it starts again it waits for nobody.
    await client.query(`ALTER SYSTEM SET synchronous_standby_names = ''`);
    server.kill();
    const settled = new Set<string>();
    void sale.finally(() => settled.add('sale')).catch(() => {});
    const repeat = (async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return sell(store, 1);
    })();
    void repeat.finally(() => settled.add('repeat')).catch(() => {});
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 600));
    for (let n = 2; n < 6; n += 1) await t.rejects(sell(store, n), StoreBusy);
    t.ok(performance.now() - begun < 3_000, 'refused at once');
    t.equal(settled.size, 0, 'the sale and its repeat wait for what stands');
    server.startAgain();
    t.match(await sale, { kind: 'sold' });
    t.match(await repeat, { kind: 'repeat', transaction: { state: 'approved' } });
    await setting.catch((error: unknown) => t.ok(error instanceof StoreBusy));
    t.equal(await sold(store, 1), await sold(store, 1));
    await sold(store, 2);
    await booksAreRight(t, store);
  },
);

t.test('what cannot be used is refused in one line that tells no password', async (t) => {
  const refused = async (url: string): Promise<string> => {
    const error: unknown = await openPostgresStore({ url, clock: systemClock }).then(
      (store) => store.shutdown(),
      (error: unknown) => error,
    );
    t.ok(error instanceof StoreRefused, String(error));
    return error instanceof Error ? error.message : '';
  };
  t.equal(await refused('postgres://user:secret@127.0.0.1:1/none'), 'database: PostgreSQL ECONNREFUSED');
  const url = await databaseFor(t);
  const client = new pg.Client(url);
  await client.connect();
  t.teardown(() => client.end());
  await client.query('CREATE TABLE theirs (id INTEGER)');
  t.equal(await refused(url), "database: the schema is another program's");
  await client.query('DROP TABLE theirs');
  await (await openPostgresStore({ url, clock: systemClock })).shutdown();
  await client.query('UPDATE prepaid_switch_schema SET version = 99');
  t.match(await refused(url), /schema version 99 is newer than this program's \d+/);
  const name = new URL(url).pathname.slice(1);
  await client.query('UPDATE prepaid_switch_schema SET version = 11');
  await client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
  t.match(await refused(url), /synchronous_commit is off/);
  await client.query(`ALTER DATABASE ${name} SET synchronous_commit = on`);
  await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  t.match(await refused(url), /PostgreSQL 25006/);
});

t.test('of several hosts the one that takes writes is used', async (t) => {
  const [one, other] = [await ownServer(t), await ownServer(t)];
  const hosts = `${new URL(one).host},${new URL(other).host}`;
  const url = one.replace(new URL(one).host, `127.0.0.1:1,${hosts}`);
  const readOnly = async (at: string, value: 'on' | 'off'): Promise<void> => {
    const client = new pg.Client(at);
    await client.connect();
    await client.query('SET transaction_read_only = off');
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await client.query('SELECT pg_reload_conf()');
    await client.query(THEIRS);
    await client.end();
  };
  await readOnly(one, 'on');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const store = await openPostgresStore({ url, clock: systemClock });
  t.teardown(() => store.shutdown());
  await store.setSetting('where', 'other');
  const seen = async (at: string): Promise<unknown[]> => {
    const client = new pg.Client(at);
    await client.connect();
    const { rows } = await client.query("SELECT to_regclass('setting') IS NOT NULL AS made");
    await client.end();
    return rows;
  };
  t.same(await seen(one), [{ made: false }]);
  t.same(await seen(other), [{ made: true }]);
});
