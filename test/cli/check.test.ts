import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/base/root.js';
import { baseConfig, run, scratch } from '../support/process.js';

const SPECS = join(packageRoot(), 'specs');

t.test('everything that is shipped is right', async (t) => {
  const files = ['formats', 'profiles'].flatMap((folder) =>
    readdirSync(join(SPECS, folder))
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(SPECS, folder, name)),
  );
  const catalogue = join(scratch(t), 'catalogue.yaml');
  writeFileSync(catalogue, stringify(baseConfig().catalogue));
  const { code, stdout, stderr } = await run([
    ...['check', join(SPECS, 'demo.yaml'), join(SPECS, 'hub.yaml'), catalogue],
    ...files,
  ]);
  t.equal(stderr, '');
  t.equal(code, 0);
  t.equal(stdout.match(/: ok \(format /g)?.length, readdirSync(join(SPECS, 'formats')).filter(isJson).length);
  t.equal(
    stdout.match(/: ok \(profile /g)?.length,
    readdirSync(join(SPECS, 'profiles')).filter(isJson).length,
  );
  t.match(stdout, /demo\.yaml: ok \(configuration/);
  t.match(stdout, /hub\.yaml: ok \(hub configuration: 0 vendors/);
  t.match(stdout, /catalogue\.yaml: ok \(catalogue: 2 products/);
});

t.test('what is wrong is one line with file, path and what is allowed, and 2', async (t) => {
  const folder = scratch(t);
  const format = JSON.parse(readFileSync(join(SPECS, 'formats/iso87-ascii.json'), 'utf8'));
  const profile = JSON.parse(readFileSync(join(SPECS, 'profiles/default.json'), 'utf8'));
  const config = baseConfig() as {
    links: Record<string, unknown>[];
    catalogue: { products: Record<string, unknown>[] };
  };
  const link = (change: object): object => ({ ...config, links: [{ ...config.links[0], ...change }] });
  const hub = { listen: { port: 0 }, admin: { port: 0 } };
  const cases: [string, string | object, RegExp][] = [
    ['hub.yaml', { ...hub, listen: {} }, /hub\.yaml: listen\.port: must be of type number/],
    [
      'levels.yaml',
      { ...hub, policy: { limits: [{ product: 'TALK10', floor: 5, ceiling: 2 }] } },
      /levels\.yaml: policy\.limits\.0\.ceiling: must be at least the floor/,
    ],
    ['format.json', { ...format, mti: 'morse' }, /format\.json: mti: .*ascii.*ebcdic.*bcd/],
    [
      'type.json',
      { extends: 'iso87-ascii', name: 'x', fields: { 4: { type: 'q12' } } },
      /type\.json: fields\.4\.type/,
    ],
    [
      'profile.json',
      { ...profile, unknownOriginal: 'shrug' },
      /profile\.json: unknownOriginal: .*accept.*not-found/,
    ],
    ['broken.json', '{"mti":', /broken\.json: must be JSON/],
    ['nothing.json', { colour: 'red' }, /nothing\.json: .*configuration.*format.*profile/],
    [
      'catalogue.yaml',
      { terminals: [{ id: 'T', merchant: 'M' }] },
      /catalogue\.yaml: terminals\.T\.merchant/,
    ],
    ['framing.yaml', link({ framing: 'pigeon' }), /framing\.yaml: links\.0\.framing\.kind: .*length2/],
    ['noformat.yaml', link({ format: 'nonesuch' }), /nonesuch.*iso87-ascii/],
    ['noprofile.yaml', link({ profile: 'nonesuch' }), /nonesuch/],
    [
      'route.yaml',
      {
        ...config,
        catalogue: {
          ...config.catalogue,
          products: [{ ...config.catalogue.products[0], route: ['nobody'] }],
        },
      },
      /route\.yaml: catalogue\.products\.TALK10\.route: "nobody" is none of stock/,
    ],
    ['unknown.yaml', { ...config, colour: 'red' }, /unknown\.yaml: .*colour/],
  ];
  const files = cases.map(([name, content]) => {
    const file = join(folder, name);
    writeFileSync(file, textOf(name, content));
    return file;
  });
  const { code, stderr } = await run(['check', ...files]);
  t.equal(code, 2);
  const lines = stderr.trimEnd().split('\n');
  t.equal(lines.length, cases.length, 'one line each');
  for (const [at, [name, , line]] of cases.entries()) {
    t.match(lines[at], line, name);
    t.match(lines[at], /^prepaid-switch: /);
  }
  t.equal((await run(['check', join(folder, 'missing.yaml')])).code, 2);
});

t.test('with --json each file is an object, good ones beside bad ones', async (t) => {
  const bad = join(scratch(t), 'bad.json');
  writeFileSync(bad, '[]');
  const good = join(SPECS, 'formats/iso87-ascii.json');
  const { code, stdout } = await run(['check', '--json', bad, good]);
  t.equal(code, 2);
  const [first, second] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(first, { file: bad, ok: false, error: /./ });
  t.same(second, { file: good, kind: 'format', ok: true });
});

function textOf(name: string, content: string | object): string {
  if (typeof content === 'string') return content;
  return isJson(name) ? JSON.stringify(content) : stringify(content);
}

function isJson(name: string): boolean {
  return name.endsWith('.json');
}
