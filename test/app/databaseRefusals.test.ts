/** What a database may refuse a start with, on a real server: one line each, which says what is to be done. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { StoreAway } from '../../src/app/databaseRefusals.js';
import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { StoreRefused } from '../../src/store/errors.js';
import { databaseFor } from '../support/postgres.js';
import { baseConfig, run, scratch } from '../support/process.js';

async function database(t: Test) {
  const url = new URL(await databaseFor(t));
  const client = new pg.Client(url.href);
  await client.connect();
  t.teardown(() => client.end());
  return { url, name: url.pathname.slice(1), ask: (text: string) => client.query(text) };
}

async function refusal(t: Test, url: URL | string): Promise<Error> {
  const error: unknown = await openStoreOf({
    dataFolder: scratch(t),
    store: String(url),
    clock: systemClock,
  }).then(
    (store) => store.shutdown(),
    (error: unknown) => error,
  );
  return error instanceof StoreRefused ? error : new Error(`not refused: ${String(error)}`);
}

t.test('an address on which no server listens is away, by host and database alone', async (t) => {
  const error = await refusal(t, new URL('postgres://ann:hunter2@127.0.0.1:1/prepaid?application_name=x'));
  t.ok(error instanceof StoreAway);
  t.equal(error.message, 'database 127.0.0.1:1/prepaid cannot be reached (ECONNREFUSED)');
});

t.test(
  'a database that is not there, is read-only, or lets this user make no tables, is refused',
  async (t) => {
    const { url, name, ask } = await database(t);
    const refused = async (place: URL, meaning: RegExp): Promise<void> => {
      const error = await refusal(t, place);
      t.notOk(error instanceof StoreAway, 'waiting would not help');
      t.match(error.message, meaning);
      t.ok(error.message.startsWith(`database ${url.host}/`), error.message);
    };
    await refused(new URL('/nowhere', url), /\/nowhere is not there: make it, as createdb does \(3D000\)$/);
    await ask(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await refused(url, /is read-only, as a standby is \(25006\)$/);
    const hosts = url.href.replace(url.host, `${url.host},${url.host}`);
    const noPrimary = await refusal(t, hosts);
    t.ok(noPrimary instanceof StoreAway, 'a standby may be promoted');
    t.match(noPrimary.message, /has no host that takes writes \(25006\)$/);
    await ask('SET default_transaction_read_only = off');
    await ask(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    const role = name.replace('test', 'role');
    await ask(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 1`);
    const theirs = new URL(url);
    theirs.username = role;
    await refused(theirs, /does not let this user make tables: make it the owner \(42501\)$/);
    await ask(`ALTER DATABASE ${name} OWNER TO ${role}`);
    await refused(theirs, /has no connection left: a process needs two; [^\n]*\(53300\)$/);
    await ask(`ALTER ROLE ${role} CONNECTION LIMIT 2`);
    await (await openStoreOf({ dataFolder: scratch(t), store: theirs.href, clock: systemClock })).shutdown();
    await ask(`ALTER ROLE ${role} NOLOGIN`);
    await refused(theirs, /does not let this user in: [^\n]*\(28000\)$/);
  },
);

t.test('a switch does not start on a newer schema: one line, exit code 2', async (t) => {
  const { url, ask } = await database(t);
  const folder = scratch(t);
  await (await openStoreOf({ dataFolder: folder, store: url.href, clock: systemClock })).shutdown();
  await ask('UPDATE prepaid_switch_schema SET version = 99');
  const file = join(folder, 'switch.yaml');
  writeFileSync(file, stringify({ ...baseConfig(), store: url.href }));
  const { code, stderr } = await run(['serve', '--config', file, '--data', folder]);
  t.equal(code, 2);
  t.match(stderr, /^prepaid-switch: [^\n]*schema version 99 is newer than this program's \d+\n$/);
});
