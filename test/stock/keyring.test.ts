import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { systemRandom } from '../../src/base/random.js';
import { packageRoot } from '../../src/base/root.js';
import { createKeyFile, loadKeyring, rotateKeyFile } from '../../src/stock/keyring.js';
import { scratch, spawnNode } from '../support/process.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const GOOD = { current: 'k1', keys: { k1: KEY }, mark: KEY };

function place(t: Test): string {
  return join(scratch(t), 'keys.json');
}

interface Written {
  readonly keys: Readonly<Record<string, string>>;
}

function read(file: string): Written {
  return JSON.parse(readFileSync(file, 'utf8')) as Written;
}

function write(file: string, spec: unknown): void {
  writeFileSync(file, typeof spec === 'string' ? spec : JSON.stringify(spec), { mode: 0o600 });
}

t.test('a new key file has one key and a mark of 32 bytes, and nobody else may read it', (t) => {
  const file = place(t);
  t.equal(createKeyFile(file, systemRandom), true);
  t.equal(statSync(file).mode & 0o777, 0o600);
  const { current, keys, mark } = loadKeyring(file, {});
  t.equal(current, 'k1');
  t.strictSame([...keys.keys()], ['k1']);
  t.equal(keys.get('k1')?.place, 'clear');
  t.equal(mark.length, 32);
  const k1 = Buffer.from(read(file).keys.k1 ?? '', 'base64');
  t.equal(k1.length, 32);
  t.notSame(k1, mark);
  t.strictSame(readdirSync(join(file, '..')), ['keys.json'], 'no draft is left');
  t.end();
});

t.test('a key file that is there is never replaced by a new one', (t) => {
  const file = place(t);
  write(file, GOOD);
  t.equal(createKeyFile(file, systemRandom), false);
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), GOOD);
  t.end();
});

t.test(
  'of processes that start for the first time at once, one makes the keys, and all read them',
  async (t) => {
    const file = place(t);
    const dist = pathToFileURL(join(packageRoot(), 'dist/src/')).href;
    const code = `
    import { createKeyFile, loadKeyring } from '${dist}stock/keyring.js';
    import { systemRandom } from '${dist}base/random.js';
    createKeyFile(process.argv[1], systemRandom);
    process.stdout.write(loadKeyring(process.argv[1], {}).mark.toString('base64'));`;
    const marks = await Promise.all(
      Array.from({ length: 4 }, () => {
        const child = spawnNode(['--input-type=module', '-e', code, file]);
        let output = '';
        child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
        return new Promise<string>((resolve) => child.once('close', () => resolve(output)));
      }),
    );
    const mark = loadKeyring(file, {}).mark.toString('base64');
    t.strictSame(marks, [mark, mark, mark, mark]);
  },
);

t.test('rotation adds a key, makes it current, and keeps the others and the mark', (t) => {
  const file = place(t);
  write(file, GOOD);
  const before = loadKeyring(file, {});
  t.equal(rotateKeyFile(file, systemRandom), 'k2');
  t.equal(rotateKeyFile(file, systemRandom), 'k3');
  const after = loadKeyring(file, {});
  t.equal(after.current, 'k3');
  t.strictSame([...after.keys.keys()], ['k1', 'k2', 'k3']);
  const { keys } = read(file);
  t.equal(keys.k1, KEY);
  t.not(keys.k2, keys.k3);
  t.strictSame(after.mark, before.mark);
  t.equal(before.reread().current, 'k3', 'who read the file before can read it again');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.end();
});

t.test('a rotation beside another one is refused, and neither loses a key', (t) => {
  const file = place(t);
  write(file, GOOD);
  write(`${file}.new`, '');
  t.throws(() => rotateKeyFile(file, systemRandom), { message: /keys\.json\.new: is there/ });
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), GOOD);
  t.end();
});

t.test('a rotation of a file that is no keyring leaves it, and no draft', (t) => {
  const file = place(t);
  write(file, '{}');
  t.throws(() => rotateKeyFile(file, systemRandom), { message: /current/ });
  t.equal(readFileSync(file, 'utf8'), '{}');
  t.notOk(existsSync(`${file}.new`));
  t.end();
});

t.test('a key file that others may read is refused', (t) => {
  const file = place(t);
  for (const mode of [0o640, 0o604, 0o620, 0o660]) {
    write(file, GOOD);
    chmodSync(file, mode);
    const text = `${file}: mode ${mode.toString(8)} lets others read it: chmod 600 it`;
    t.throws(() => loadKeyring(file, {}), { message: text });
  }
  chmodSync(file, 0o400);
  t.equal(loadKeyring(file, {}).current, 'k1');
  t.end();
});

t.test('the environment goes before the file', (t) => {
  const file = place(t);
  const other = `${file}.other`;
  write(other, { ...GOOD, current: 'k9', keys: { k9: KEY } });
  const inline = JSON.stringify({ ...GOOD, current: 'e1', keys: { e1: KEY } });
  t.equal(loadKeyring(file, { PREPAID_SWITCH_KEY_FILE: other }).current, 'k9');
  const both = { PREPAID_SWITCH_KEYS: inline, PREPAID_SWITCH_KEY_FILE: other };
  t.equal(loadKeyring(file, both).current, 'e1');
  t.equal(loadKeyring(file, both).reread().current, 'e1');
  t.throws(() => loadKeyring(file, {}), {
    message: `${file}: the key file cannot be read or written (Error ENOENT)`,
  });
  t.end();
});

const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U';
const BAD: readonly (readonly [string, unknown, RegExp])[] = [
  ['no JSON', `{"current": "${SECRET}"`, /: not JSON$/],
  ['a short key', { ...GOOD, keys: { k1: 'c2VjcmV0' } }, /: keys\.k1: expected 32 bytes in base64$/],
  ['a key that is not base64', { ...GOOD, keys: { k1: `${SECRET}!` } }, /: keys\.k1: expected 32 bytes/],
  ['a short mark', { ...GOOD, mark: 'c2VjcmV0' }, /: mark: expected 32 bytes in base64$/],
  ['a current key that is not there', { ...GOOD, current: 'k2' }, /: current: names none of the keys$/],
  ['a key as an id', { ...GOOD, keys: { [`${SECRET}=`]: KEY } }, /a key id has letters, digits and -/],
  ['a member too many', { ...GOOD, [SECRET]: 1 }, /: expected current, keys and mark, nothing else$/],
  ['a list', [], /: keyring: /],
  ['a prototype as current', { ...GOOD, current: 'toString' }, /: current: names none of the keys$/],
];

t.test('a wrong keyring is one line that names file and member, and no key', (t) => {
  const file = place(t);
  for (const [what, spec, expected] of BAD) {
    write(file, spec);
    try {
      loadKeyring(file, {});
      t.fail(what);
    } catch (error) {
      const { message } = error as Error;
      t.match(message, expected, what);
      t.ok(message.startsWith(`${file}: `), `${what}: names the file`);
      t.notMatch(message, /c2Vj|BwcH|\n/, `${what}: no key material, one line`);
    }
  }
  t.end();
});
