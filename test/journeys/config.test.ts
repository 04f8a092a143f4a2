/**
 * A wrong configuration stops the start: one line that names file, path and what is allowed, exit code 2, nothing
 * left running. `check` says the same of whatever lies in the files.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/base/root.js';
import { baseConfig, MAIN, type RunResult, run, scratch, spawnNode } from '../support/process.js';

type Members = Record<string, unknown>;

const SPECS = join(packageRoot(), 'specs');
const profile = JSON.parse(readFileSync(join(SPECS, 'profiles/default.json'), 'utf8')) as Members;
const base = baseConfig() as { links: Members[]; catalogue: { products: Members[] } } & Members;
const folder = scratch(t);
/** Processes at once. */
const AT_ONCE = 4;

function linked(change: Members): Members {
  return { ...base, links: [{ ...base.links[0], ...change }] };
}

function saved(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    typeof content === 'string'
      ? content
      : name.endsWith('.json')
        ? JSON.stringify(content)
        : stringify(content),
  );
  return file;
}

function isOneLine(t: Test, { code, stderr, stdout }: RunResult, ...says: RegExp[]): void {
  t.equal(code, 2, 'exit code');
  for (const said of says) t.match(stderr, said);
  t.equal(stderr.trim().split('\n').length, 1, 'one line');
  t.notMatch(stderr, /\n\s+at |node:/, 'no stack');
  t.notMatch(stdout, /"ready"/);
}

function serve(
  config: string,
  data = join(folder, 'data'),
  env: Record<string, string> = {},
): Promise<RunResult> {
  return run(['serve', '--config', config, '--data', data], { env });
}

const noDe39 = { ...profile, reasons: { ...(profile.reasons as Members), approved: '0000' } };
const noReason = { ...profile, reasons: { ...(profile.reasons as Members), sunstroke: '77' } };
const PIN_KEY = 'FEDCBA98765432100123456789ABCDEF';
const pinEncryption = { algorithm: 'aes-gcm', coding: 'base64' };
const encrypted = saved('encrypted.json', { extends: 'default', name: 'x', answer: { pinEncryption } });
const narrow = saved('narrow.json', {
  extends: 'iso87-ascii',
  name: 'x',
  fields: { 63: { type: 'ans...800' } },
});
const badFormat = { extends: 'iso87-ascii', name: 'x', fields: { 4: { name: 'Amount', type: 'q12' } } };

const CASES: readonly [what: string, file: string, says: readonly RegExp[]][] = [
  ['no YAML', saved('syntax.yaml', 'links: [\n  - {'), [/syntax\.yaml: .*line \d+/]],
  ['an empty file', saved('empty.yaml', ''), [/empty\.yaml: /]],
  [
    'an unknown member',
    saved('member.yaml', { ...base, colour: 'red' }),
    [/member\.yaml: .*colour/, /links/],
  ],
  [
    'an unknown member of a link',
    saved('deep.yaml', linked({ frames: 3 })),
    [/deep\.yaml: links\.0.*frames/, /framing/],
  ],
  [
    'an unknown framing',
    saved('framing.yaml', linked({ framing: 'pigeon' })),
    [/framing\.yaml: links\.0\.framing/, /length2.*ascii/],
  ],
  [
    'PROXY headers believed from anybody',
    saved('proxies.yaml', linked({ proxyProtocol: true })),
    [/proxies\.yaml: links\.0\.proxies.*must be there where a listening link has proxyProtocol/],
  ],
  [
    'an unknown format',
    saved('format.yaml', linked({ format: 'nonesuch' })),
    [/format\.yaml: links\.ascii\.format.*nonesuch/, /iso87-ascii/],
  ],
  [
    'an unknown profile',
    saved('profile.yaml', linked({ profile: 'nonesuch' })),
    [/profile\.yaml: links\.ascii\.profile.*nonesuch/, /pos-bcd/],
  ],
  [
    'a profile with an unknown reason',
    saved('reason.yaml', linked({ profile: saved('reason.json', noReason) })),
    [/reason\.json: reasons.*sunstroke/, /approved/],
  ],
  [
    'a profile whose code does not fit the format',
    saved('code.yaml', linked({ profile: saved('code.json', noDe39) })),
    [/code\.json: reasons\.approved/, /2/],
  ],
  [
    'a profile that asks for encrypted PINs, on a link without a key',
    saved('pins.yaml', linked({ profile: encrypted })),
    [/pins\.yaml: links\.ascii: .*encrypted\.json: answer\.pinEncryption: the link must have/],
  ],
  [
    'a key for PINs, and a profile that tells them in clear',
    saved('inClear.yaml', linked({ pinEncryption: { key: PIN_KEY } })),
    [/inClear\.yaml: links\.ascii: default: answer\.pinEncryption: must be there/],
  ],
  [
    'a key for PINs of another length',
    saved('short.yaml', linked({ profile: encrypted, pinEncryption: { key: PIN_KEY.slice(2) } })),
    [/short\.yaml: links\.0\.pinEncryption\.key: .*16 or 32 bytes/],
  ],
  [
    'a key for PINs that is the one for MACs',
    saved(
      'same.yaml',
      linked({
        profile: encrypted,
        mac: { algorithm: 'cmac', key: PIN_KEY.toLowerCase() },
        pinEncryption: { key: PIN_KEY },
      }),
    ),
    [/same\.yaml: links\.0\.pinEncryption\.key: .*another key than those of mac/],
  ],
  [
    'encrypted PINs that their field does not hold',
    saved('narrow.yaml', linked({ profile: encrypted, format: narrow, pinEncryption: { key: PIN_KEY } })),
    [/narrow\.yaml: links\.ascii: .*encrypted\.json: answer\.pins\.field: field 63/],
  ],
  [
    'a format with a bad field',
    saved('field.yaml', linked({ format: saved('field.json', badFormat) })),
    [/field\.json: fields\.4\.type/],
  ],
  [
    'a product routed to nowhere',
    saved('route.yaml', {
      ...base,
      catalogue: { ...base.catalogue, products: [{ ...base.catalogue.products[0], route: ['nobody'] }] },
    }),
    [/route\.yaml: catalogue\.products\.TALK10\.route: "nobody" is none of stock/],
  ],
  ['a file that is not there', join(folder, 'absent.yaml'), [/absent\.yaml/]],
];

t.test('what is wrong in the files stops the start with one line, and check says the same', async (t) => {
  const checked = run(['check', ...CASES.map(([, file]) => file)]);
  const served: RunResult[] = [];
  for (let at = 0; at < CASES.length; at += AT_ONCE) {
    served.push(...(await Promise.all(CASES.slice(at, at + AT_ONCE).map(([, file]) => serve(file)))));
  }
  const { code, stderr } = await checked;
  t.equal(code, 2);
  const lines = stderr.trimEnd().split('\n');
  for (const [at, [what, , says]] of CASES.entries()) {
    const result = served[at];
    if (!result) throw new Error('not served');
    t.comment(what);
    isOneLine(t, result, ...says);
    t.equal(result.stderr.trimEnd(), lines[at], 'check says the same');
  }
});

t.test('a port that is taken stops the start, and nothing is left running', async (t) => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  t.teardown(() => server.close());
  isOneLine(
    t,
    await serve(saved('taken.yaml', linked({ port }))),
    /link ascii/,
    new RegExp(`${port}`),
    /EADDRINUSE/,
  );
  const admin = { ...base, admin: { host: '127.0.0.1', port } };
  isOneLine(t, await serve(saved('admin.yaml', admin)), /admin/, new RegExp(`${port}`), /EADDRINUSE/);
});

t.test('a data folder that cannot be one, or cannot be written, stops the start', async (t) => {
  const good = saved('good.yaml', base);
  isOneLine(t, await serve(good, saved('file', 'no folder')), /file/, /EEXIST|ENOTDIR/);
  const locked = join(folder, 'locked');
  mkdirSync(locked, { mode: 0o500 });
  if (process.getuid?.() !== 0) {
    isOneLine(t, await serve(good, locked), /locked/, /EACCES/);
    return;
  }
  // Root may write anywhere: somebody else has to try.
  for (const [path, mode] of [
    [folder, 0o755],
    [good, 0o644],
  ] as const)
    chmodSync(path, mode);
  const result = await asNobody(['serve', '--config', good, '--data', locked]);
  if (/Cannot find module|EACCES.*dist/.test(result.stderr))
    return t.comment('the program is not readable by others');
  isOneLine(t, result, /locked/, /EACCES/);
});

function asNobody(args: readonly string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawnNode([MAIN, ...args], { uid: 65_534, gid: 65_534 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

t.test('keys that others may read, or that are none, stop the start', async (t) => {
  const good = saved('keys.yaml', base);
  const data = join(folder, 'keys');
  mkdirSync(data);
  const key = Buffer.alloc(32, 7).toString('base64');
  const keys = JSON.stringify({ current: 'k1', keys: { k1: key }, mark: key });
  writeFileSync(join(data, 'keys.json'), keys, { mode: 0o644 });
  isOneLine(t, await serve(good, data), /keys\.json: mode 644/, /600/);
  const inline = await serve(good, join(folder, 'inline'), {
    PREPAID_SWITCH_KEYS: keys.replace('"k1":', '"k2":'),
  });
  isOneLine(t, inline, /PREPAID_SWITCH_KEYS: current/);
  t.notMatch(inline.stderr, key);
});

t.test('an override of the environment that points nowhere stops the start', async (t) => {
  const good = saved('override.yaml', base);
  const cases: [string, string, RegExp][] = [
    ['PREPAID_SWITCH__nosuch__x', '1', /nosuch/],
    ['PREPAID_SWITCH__links__nosuch__port', '1', /nosuch/],
    ['PREPAID_SWITCH__links__ascii__colour', 'red', /colour/],
    ['PREPAID_SWITCH__links__ascii__port', 'many', /port/],
  ];
  const results = await Promise.all(cases.map(([name, value]) => serve(good, undefined, { [name]: value })));
  for (const [at, [name, , says]] of cases.entries()) {
    const result = results[at];
    if (result) isOneLine(t, result, new RegExp(name), says);
  }
});
