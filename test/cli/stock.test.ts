import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { commandLine } from '../support/commandLine.js';
import { baseConfig, batchFile, MAIN, run, scratch, spawnNode, startSwitch } from '../support/process.js';

type Json = Record<string, unknown>;

/** The last line of standard output, parsed. */
function lastJson(stdout: string): Json {
  return JSON.parse(stdout.trim().split('\n').pop() ?? '{}') as Json;
}

async function json(folder: string, ...args: string[]): Promise<Json> {
  const { stdout, stderr, code } = await run([...args, '--data', folder, '--json']);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
  return lastJson(stdout);
}

function write(folder: string, name: string, rows: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `product,pin,serial,expiry\n${rows.join('\n')}\n`);
  return file;
}

async function stocked(t: Test, count: number): Promise<string> {
  const folder = scratch(t);
  await json(folder, 'stock', 'intake', batchFile(folder, 'TALK10', count));
  return folder;
}

t.test('intake says what was taken and refused, and reports rows by line', async (t) => {
  const folder = scratch(t);
  const file = write(folder, 'batch.csv', [
    'TALK10,11111111,S1,2099-12-31',
    'TALK10,22222222,S2,2020-12-31',
    'TALK10,11111111,S3,2099-12-31',
    'TALK77,33333333,S4,2099-12-31',
    'TALK20,44444444,S5',
  ]);
  const config = join(folder, 'switch.yaml');
  writeFileSync(config, stringify(baseConfig()));
  const { code, stdout, stderr } = await commandLine([
    ...['stock', 'intake', file, '--data', folder, '--config', config, '--json'],
  ]);
  t.equal(code, 0);
  t.equal(stdout, '{"taken":1,"refused":4}\n');
  t.equal(
    stderr,
    'line 3: expired\nline 4: PIN already known\nline 5: product: not one of the configuration\n' +
      'line 6: 3 fields, expected 4\n',
  );
  t.strictSame(await json(folder, 'stock', 'levels'), { TALK10: { stock: 1 } });
  const text = await commandLine([
    'stock',
    'intake',
    file,
    '--data',
    folder,
    '--report',
    join(folder, 'refused'),
  ]);
  t.match(
    text,
    { code: 0, stdout: /^1 taken in, 4 refused\n$/, stderr: '' },
    'without --config TALK77 is taken',
  );
  t.equal(
    readFileSync(join(folder, 'refused'), 'utf8'),
    'line 2: PIN already known\nline 3: expired\nline 4: PIN already known\nline 6: 3 fields, expected 4\n',
  );
});

t.test(
  'a file that is no batch, or is not there, is one line and exit code 2, and makes nothing',
  async (t) => {
    const folder = scratch(t);
    const data = join(folder, 'data');
    const file = join(folder, 'other.csv');
    writeFileSync(file, 'a,b\n1,2\n');
    const wrong = await commandLine(['stock', 'intake', file, '--data', data]);
    t.match(wrong, {
      code: 2,
      stdout: '',
      stderr: /^[^\n]*other\.csv: line 1: expected the header [^\n]*\n$/,
    });
    const missing = await commandLine(['stock', 'intake', join(folder, 'missing'), '--data', data]);
    t.match(missing, { code: 2, stderr: /^[^\n]*missing: cannot be read[^\n]*\n$/ });
    const supplier = await commandLine(['stock', 'intake', file, '--data', data, '--supplier', 'a b']);
    t.equal(supplier.code, 2);
    t.notOk(existsSync(data));
    t.match(await commandLine(['stock', 'levels', '--data', data]), { code: 2, stderr: /no database/ });
  },
);

t.test('a database without its keys gets no new ones', async (t) => {
  const folder = await stocked(t, 2);
  const other = join(folder, 'keys.away');
  renameSync(join(folder, 'keys.json'), other);
  const file = batchFile(folder, 'TALK20', 3);
  const refused = await commandLine(['stock', 'intake', file, '--data', folder]);
  t.match(refused, { code: 2, stderr: /keys\.json: no key file, but a database that was sealed under one/ });
  t.notOk(existsSync(join(folder, 'keys.json')));
  const elsewhere = await run(['stock', 'intake', file, '--data', folder, '--json'], {
    env: { PREPAID_SWITCH_KEY_FILE: other },
  });
  t.equal(elsewhere.stdout, '{"taken":3,"refused":0}\n', 'keys may lie elsewhere');
});

t.test('the audit accounts for every PIN', async (t) => {
  const folder = await stocked(t, 7);
  t.strictSame(await json(folder, 'stock', 'audit'), {
    takenIn: 7,
    accounted: 7,
    byCustody: { stock: 7, transit: 0, away: 0, sold: 0, quarantined: 0, void: 0, expired: 0, returned: 0 },
    ok: true,
  });
});

t.test('the audit of books that are wrong ends with exit code 1', async (t) => {
  const folder = await stocked(t, 7);
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(join(folder, 'switch.db'));
  db.exec("UPDATE pin SET custody = 'sold' WHERE id = 1");
  db.close();
  const { code, stdout, stderr } = await commandLine(['stock', 'audit', '--data', folder, '--json']);
  t.equal(code, 1);
  t.equal(lastJson(stdout).ok, false);
  t.match(stderr, /audit: not clean/);
});

t.test(
  'killed in the middle, as often as it likes, an intake goes on, and each PIN enters once',
  async (t) => {
    const folder = scratch(t);
    const count = 30_000;
    const file = batchFile(folder, 'TALK10', count);
    let cut = 0;
    for (let kill = 1; kill <= 3; kill++) {
      const child = spawnNode([MAIN, 'stock', 'intake', file, '--data', folder, '--json']);
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      const before = cut;
      // Some chunks further on; how many it has become when the signal arrives is chance.
      while (cut < before + 1_500 && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        cut = await stockIn(folder);
      }
      child.kill('SIGKILL');
      t.equal(await ended, null, 'it was killed, not done');
      cut = await stockIn(folder);
      t.ok(cut < count, `killed at ${cut} of ${count}`);
      t.match(await json(folder, 'stock', 'audit'), { takenIn: cut, accounted: cut, ok: true });
    }
    const { code, stdout } = await commandLine(['stock', 'intake', file, '--data', folder]);
    t.equal(code, 0);
    t.equal(stdout, `${count} taken in, 0 refused; went on behind line ${cut + 1}\n`);
    t.match(await json(folder, 'stock', 'audit'), { takenIn: count, accounted: count, ok: true });
  },
);

/** Looks at the database while another process may write to it. */
async function stockIn(folder: string): Promise<number> {
  const file = join(folder, 'switch.db');
  if (!existsSync(file)) return 0;
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(file, { readonly: true, timeout: 10_000 });
  try {
    return db.prepare<[], number>("SELECT count FROM level WHERE custody = 'stock'").pluck().get() ?? 0;
  } catch (error) {
    // Not migrated yet.
    if ((error as { code?: string }).code === 'SQLITE_ERROR') return 0;
    throw error;
  } finally {
    db.close();
  }
}

t.test('a switch sells on while a batch is taken in, and sells what it brought', async (t) => {
  const before = 5_000;
  const taken = 20_000;
  const running = await startSwitch(t, { pins: { TALK10: before } });
  // Expires sooner than what is there: as soon as the switch sees it, it is next for sale.
  const file = batchFile(running.folder, 'TALK10', taken, '2098-12-31');
  const load = (connections: number, seconds: number): Promise<Json> =>
    commandLine([
      ...['load', '--to', `127.0.0.1:${running.ports.ascii}`, '--connections', String(connections)],
      ...['--seconds', String(seconds), '--json'],
    ]).then(({ stdout }) => lastJson(stdout));
  const [sales, intake] = await Promise.all([load(2, 4), running.json('stock', 'intake', file)]);
  t.strictSame(intake, { taken, refused: 0 });
  t.match(sales, { errors: 0 });
  t.ok(Number(sales.sales) > 0);
  const after = await load(1, 1);
  t.match(after, { errors: 0, declined: 0 }, 'PINs of a batch key that the switch had to learn are opened');
  t.ok(Number(after.sales) > 0);
  const audit = await running.json('stock', 'audit');
  t.match(audit, { takenIn: before + taken, accounted: before + taken, ok: true });
  const { sold } = audit.byCustody as { sold: number };
  t.equal(sold, Number(sales.sales) + Number(after.sales));
});
