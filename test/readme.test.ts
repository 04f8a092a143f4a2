/** The README holds: its links point at files, its capabilities at journeys that name them, its commands exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../src/base/root.js';

const ROOT = packageRoot();
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

t.test('every link of the README points at a file or folder', async (t) => {
  const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
  const local = targets.filter((target) => !target.startsWith('http'));
  t.ok(local.length > 20);
  t.same(
    local.filter((target) => !existsSync(join(ROOT, target))),
    [],
  );
});

t.test('every capability in the table is named by the journeys that its row links to', async (t) => {
  const rows = [...readme.matchAll(/^\| ([PATU]\d+) \|.*\|([^|]*)\|$/gm)];
  const wanted =
    'P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 P16 P17 P18 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 T1 T2 T3 T5 T6 T9 T11 T12 T13 U1 U2 U3 U4'.split(
      ' ',
    );
  const listed = rows.map((row) => row[1]);
  t.same(
    wanted.filter((id) => !listed.includes(id)),
    [],
    'the table has all of them',
  );
  for (const [, id = '', cell = ''] of rows) {
    const files = [...cell.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? '');
    t.ok(files.length > 0, `${id} links to a test`);
    for (const file of files) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      t.match(text, new RegExp(`\\b${id}\\b`), `${file} names ${id}`);
    }
  }
});

t.test('every npm script that the README names exists', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const [, name = ''] of readme.matchAll(/npm run ([a-z]+)/g)) t.ok(name in scripts, name);
});

t.test('the top level of the repository holds nothing that nobody expects', async (t) => {
  const expected = [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'fixtures',
    'package-lock.json',
    'package.json',
    'scripts',
    'specs',
    'src',
    'test',
    'tsconfig.json',
  ];
  const made = ['node_modules', 'dist', 'data'];
  const found = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !made.includes(name));
  t.same(found.sort(), expected.sort());
});
