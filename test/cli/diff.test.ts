import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { buildIso, buildTlv } from '../support/iso.js';
import { run } from '../support/process.js';

const answer = (fields: Readonly<Record<number, string>>): string =>
  buildIso('0210', { 3: '280000', 11: '000123', 39: '00', ...fields }).toString('hex');
const PIN = '12345678901234';
const OTHER_PIN = '98765432109876';
const WITH_PIN = answer({ 63: buildTlv([['PN', PIN]]) });
const diff = (...args: string[]) => run(['diff', '--format', 'iso87-ascii', ...args]);

t.test('U4: messages that differ end in 1 with each field, sensitive values masked', async (t) => {
  const other = answer({ 39: '84', 63: buildTlv([['PN', OTHER_PIN]]) });
  const { code, stdout } = await diff(WITH_PIN, other);
  t.equal(code, 1);
  t.match(stdout, /^39 +Response code +00 +84$/m);
  t.match(stdout, /^63\.PN +Voucher PIN +\*{4} +\*{4}$/m);
  const json = JSON.parse((await diff('--json', WITH_PIN, other)).stdout);
  t.equal(json.same, false);
  t.same(
    json.differences.map(({ path, before, after }: Record<string, string>) => [path, before, after]),
    [
      ['39', '00', '84'],
      ['63.PN', '****', '****'],
    ],
  );
  const clear = await diff('--clear', WITH_PIN, other);
  t.match(clear.stdout, new RegExp(`${PIN} +${OTHER_PIN}`));
});

t.test('messages that differ in ignored fields only end in 0, as equal ones do', async (t) => {
  const later = answer({ 11: '000124', 63: buildTlv([['PN', OTHER_PIN]]) });
  t.match(await diff('--ignore', '11,63.PN', WITH_PIN, later), { code: 0, stdout: 'no difference\n' });
  t.match(await diff('--json', WITH_PIN, WITH_PIN), { code: 0, stdout: '{"same":true,"differences":[]}\n' });
});

t.test('messages may be frames of a capture or hex list, by number', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'diff-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'list.hex');
  writeFileSync(file, `# two answers\n< ${WITH_PIN}\n< ${answer({ 39: '84' })}\n`);
  const { code, stdout } = await diff(`${file}:1`, `${file}:2`);
  t.equal(code, 1);
  t.match(stdout, /^39 +Response code +00 +84$/m);
  const beyond = await diff(`${file}:1`, `${file}:3`);
  t.equal(beyond.code, 1);
  t.match(beyond.stderr, /no frame 3; it has 2\n$/);
});

t.test('a message that cannot be read ends in 1 and one line that says which', async (t) => {
  const { code, stdout, stderr } = await diff(WITH_PIN, WITH_PIN.slice(0, 60));
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^prepaid-switch: the second message: .*expected [^\n]+\n$/);
  t.match(await diff('-', '-'), { code: 2 });
});

t.test('a tag of control characters does not write to the terminal', async (t) => {
  const reset = answer({ 48: buildTlv([['\u001bc', 'x']]) });
  const { stdout } = await diff(reset, answer({ 48: buildTlv([['\u001bc', 'y']]) }));
  t.match(stdout, /^48\.\\x1bc +Unknown tag +\*{4} +\*{4}$/m);
  t.notMatch(stdout, '\u001b');
  const decoded = await run(['decode', '--format', 'iso87-ascii', reset]);
  t.match(decoded.stdout, /48\.\\x1bc +Unknown tag +\*{4}/);
  t.notMatch(decoded.stdout, '\u001b');
});
