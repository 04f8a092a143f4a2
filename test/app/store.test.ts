/** Where an installation's books are: what `store:` may say, what a data folder remembers, whose keys a database wants. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { claimStore, openStoreOf, storeSchema, storeUrl } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { databaseFor } from '../support/postgres.js';
import { batchFile, run, scratch } from '../support/process.js';

t.test('a URL names user, password, hosts and database, and nothing is left to guess', async (t) => {
  for (const url of [
    'postgres://switch:secret@db.example:5432/prepaid',
    'postgresql://db.example/prepaid',
    'postgres://switch:p%40ss%2Fword%25@10.0.0.7,10.0.0.8:5433,[::1]:5434/prepaid?target_session_attrs=read-write',
    'postgres://switch:a:b@localhost/prepaid',
    'postgres://switch@/prepaid?host=/run/postgresql',
  ]) {
    t.ok(storeSchema.safeParse(url).success, url);
  }
  for (const url of [
    'mysql://switch:secret@db/prepaid',
    'postgres://switch:secret@db',
    'postgres://switch:secret@db/',
    'postgres://switch:se@cret@db/prepaid',
    'postgres://switch:se/cret@db/prepaid',
    'postgres://switch:se#cret@db/prepaid',
    'postgres://switch:100%@db/prepaid',
    'postgres://switch:secret@db:port/prepaid',
    'postgres://switch:secret@one,,two/prepaid',
    'postgres://switch:secret@db/prepaid/more',
    'postgres://switch:sec ret@db/prepaid',
    'db.example',
  ]) {
    t.notOk(storeSchema.safeParse(url).success, url);
  }
});

t.test('a wrong URL is one line that does not tell it', async (t) => {
  const folder = scratch(t);
  const env = { PREPAID_SWITCH__store: 'postgres://switch:hunter2@db' };
  const { code, stderr } = await run(['stock', 'levels', '--data', folder], { env });
  t.equal(code, 2);
  t.match(stderr, /^prepaid-switch: store: must be postgres:\/\/USER[^\n]*\n$/);
  t.notMatch(stderr, /hunter2/);
});

t.test('a data folder remembers its database, for its owner alone, until another is named', async (t) => {
  const folder = join(scratch(t), 'data');
  t.equal(storeUrl(folder), undefined);
  t.notOk(existsSync(folder));
  const url = 'postgres://switch:secret@db/prepaid';
  t.equal(storeUrl(folder, url), url);
  t.equal(storeUrl(folder), url);
  t.equal(statSync(join(folder, 'store.url')).mode & 0o777, 0o600);
  storeUrl(folder, 'postgres://switch:changed@db/prepaid');
  t.equal(readFileSync(join(folder, 'store.url'), 'utf8'), 'postgres://switch:changed@db/prepaid\n');
});

t.test('books in a file are not left for a database that the configuration names', async (t) => {
  const folder = scratch(t);
  await (await openStoreOf({ dataFolder: folder, clock: systemClock })).shutdown();
  t.throws(() => storeUrl(folder, 'postgres://db/prepaid'), { message: /its books are in switch\.db/ });
});

t.test('one process serves from a file, any number from a database', async (t) => {
  const file = { dataFolder: scratch(t) };
  const release = await claimStore(file);
  await t.rejects(claimStore(file), { message: /another switch is running/ });
  release();
  (await claimStore(file))();
  const shared = { dataFolder: scratch(t), store: 'postgres://db/prepaid' };
  const releases = [await claimStore(shared), await claimStore(shared)];
  for (const each of releases) each();
});

t.test('a second data folder on one database gets no keys of its own', async (t) => {
  const url = await databaseFor(t);
  const [first, second] = [scratch(t), scratch(t)];
  for (const folder of [first, second]) writeFileSync(join(folder, 'store.url'), url);
  const intake = (folder: string, product: string) =>
    run(['stock', 'intake', batchFile(folder, product, 3), '--data', folder, '--json']);
  t.match(await intake(first, 'TALK10'), { code: 0, stdout: /"taken":3/ });
  const refused = await intake(second, 'TALK20');
  t.match(refused, {
    code: 2,
    stderr:
      /^prepaid-switch: [^\n]*keys\.json: no key file, but a database that was sealed under one[^\n]*\n$/,
  });
  t.notOk(existsSync(join(second, 'keys.json')));
  writeFileSync(join(second, 'keys.json'), readFileSync(join(first, 'keys.json')), { mode: 0o600 });
  t.match(await intake(second, 'TALK20'), { code: 0, stdout: /"taken":3/ });
});

t.test('a database file that cannot be opened is refused in one line that names it', async (t) => {
  const dataFolder = scratch(t);
  const file = join(dataFolder, 'switch.db');
  writeFileSync(file, 'no database '.repeat(1_000));
  await t.rejects(openStoreOf({ dataFolder, clock: systemClock }), {
    name: 'StoreRefused',
    message: `database ${file}: SQLITE_NOTADB`,
  });
});
