/**
 * The shape of the house, held by a test: floors go down, no cycles, no file over 400 lines, no dead file, and
 * only the named packages where they belong. Reads the sources as text; runs from dist/, looks at src/.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { packageRoot } from '../src/base/root.js';

const ROOT = packageRoot();
const LINES_MAX = 400;

const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  iso8583: 1,
  capture: 1,
  domain: 2,
  store: 3,
  transport: 3,
  stock: 4,
  conduit: 5,
  supply: 5,
  hub: 5,
  switch: 6,
  app: 7,
  tools: 7,
  cli: 8,
};

/** Folders of different floors that must not meet all the same. */
const APART: readonly (readonly [string, string])[] = [['tools', 'switch']];

/** Packages that may be imported in these folders only. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store'],
  pg: ['store'],
  undici: ['transport'],
  fastify: ['app', 'tools'],
  pino: ['app', 'cli'],
  'pino-pretty': ['app', 'cli'],
  'prom-client': ['app'],
  commander: ['cli'],
  'cli-progress': ['cli'],
  yaml: ['app', 'tools', 'cli'],
  'node:net': ['transport', 'tools'],
  'node:tls': ['transport', 'tools'],
};

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly lines: number;
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const specifiers = [
    ...text.matchAll(/^\s*(?:import|export)[^'"]*?from\s+'([^']+)'/gm),
    ...text.matchAll(/^\s*import\s+'([^']+)'/gm),
    ...text.matchAll(/import\('([^']+)'\)/g),
    ...text.matchAll(/new URL\('(\.[^']+\.js)'/g),
  ].map((match) => match[1] ?? '');
  const local = specifiers.filter((one) => one.startsWith('.'));
  return {
    path,
    folder: path.split('/')[1] ?? '',
    lines: text.split('\n').length,
    imports: local.map((one) => join(dirname(path), one).replace(/\.js$/, '.ts')),
    packages: specifiers.filter((one) => !one.startsWith('.')),
  };
}

const sources = sourcesUnder('src').map(readSource);
const byPath = new Map(sources.map((source) => [source.path, source]));

t.test('every folder of src has a floor', async (t) => {
  const strangers = sources.filter(({ folder }) => FLOORS[folder] === undefined);
  t.same(
    strangers.map(({ path }) => path),
    [],
  );
});

t.test('imports go down, never up and never across', async (t) => {
  const faults: string[] = [];
  for (const { path, folder, imports } of sources) {
    for (const target of imports) {
      const other = target.split('/')[1] ?? '';
      if (other === folder) continue;
      const upward = (FLOORS[other] ?? 99) >= (FLOORS[folder] ?? -1);
      const apart = APART.some(([a, b]) => a === folder && b === other);
      if (upward || apart) faults.push(`${path} -> ${target}`);
    }
  }
  t.same(faults, []);
});

t.test('no import cycle', async (t) => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const target of byPath.get(path)?.imports ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const { path } of sources) visit(path, []);
  t.same(cycles, []);
});

t.test(`no file is longer than ${LINES_MAX} lines`, async (t) => {
  const others = [...sourcesUnder('test'), ...sourcesUnder('scripts')].map(readSource);
  const long = [...sources, ...others].filter(({ lines }) => lines > LINES_MAX);
  t.same(
    long.map(({ path, lines }) => `${path}: ${lines}`),
    [],
  );
});

t.test('no source file is dead', async (t) => {
  const entries = new Set(['src/cli/main.ts', 'src/iso8583/index.ts']);
  const imported = new Set(sources.flatMap(({ imports }) => imports));
  const dead = sources.filter(({ path }) => !entries.has(path) && !imported.has(path));
  t.same(
    dead.map(({ path }) => path),
    [],
  );
});

t.test('every import of our own points at a file', async (t) => {
  const missing = sources.flatMap(({ path, imports }) =>
    imports.filter((target) => !byPath.has(target)).map((target) => `${path} -> ${target}`),
  );
  t.same(missing, []);
});

t.test('packages stay where they belong', async (t) => {
  const faults: string[] = [];
  for (const { path, folder, packages } of sources) {
    for (const name of packages) {
      const allowed = PACKAGES[name];
      if (allowed && !allowed.includes(folder)) faults.push(`${path} -> ${name}`);
    }
  }
  t.same(faults, []);
});

t.test('every source file opens with what it is for', async (t) => {
  const silent = sources.filter(({ path }) => {
    const text = readFileSync(join(ROOT, path), 'utf8').replace(/^#!.*\n/, '');
    return !text.startsWith('/**');
  });
  t.same(
    silent.map(({ path }) => path),
    [],
  );
});

t.test('every folder of tests is run: its files each, or all in one process', async (t) => {
  const each = /\{([\w,]+)\}/.exec(readFileSync(join(ROOT, '.taprc'), 'utf8'))?.[1]?.split(',') ?? [];
  const folders = new Set(
    sourcesUnder('test')
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => path.split('/')[1] ?? ''),
  );
  const together = sourcesUnder('test/folders').map((path) => /(\w+)\.test\.ts$/.exec(path)?.[1] ?? '');
  for (const folder of folders) {
    if (folder.endsWith('.ts')) continue;
    t.not(each.includes(folder), together.includes(folder), folder);
  }
});
