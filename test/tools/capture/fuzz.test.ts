/** Mutated captures, a few hundred by a fixed seed; scripts/campaigns/fuzz-capture.ts goes on for as long as it is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Chance } from '../../../src/base/chance.js';
import { FRAMINGS, mutated, seeds, violation } from '../../support/captureFuzz.js';

const FILES = 400;

t.test('no mutated capture crashes the reader, or makes it tell what cannot be', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'mutated');
  const from = seeds();
  const chance = new Chance(5);
  for (let nth = 0; nth < FILES; nth += 1) {
    const bytes = mutated(from, () => chance.next());
    writeFileSync(path, bytes);
    const wrong = violation(path, bytes, FRAMINGS[nth % FRAMINGS.length] ?? 'length2');
    if (wrong !== undefined) t.fail(`file ${nth}: ${wrong}`, { hex: bytes.toString('hex') });
  }
  t.pass(`${FILES} files`);
});
