/**
 * Mutated captures for as long as it is told. At the first that the reader does not stand, the file is kept and named.
 *
 *   node dist/scripts/campaigns/fuzz-capture.js --minutes 10 [--seed N]
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from '../../src/base/chance.js';
import { FRAMINGS, mutated, seeds, violation } from '../../test/support/captureFuzz.js';

const SLOW_MS = 2_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const path = join(mkdtempSync(join(tmpdir(), 'fuzz-capture-')), 'mutated');
const from = seeds();
const chance = new Chance(Number(values.seed));
const until = Date.now() + Number(values.minutes) * 60_000;
let files = 0;
let wrong: string | undefined;
for (; wrong === undefined && Date.now() < until; files += 1) {
  const bytes = mutated(from, () => chance.next());
  writeFileSync(path, bytes);
  const began = Date.now();
  wrong = violation(path, bytes, FRAMINGS[files % FRAMINGS.length] ?? 'length2');
  if (Date.now() - began > SLOW_MS) wrong ??= `took ${Date.now() - began} ms`;
}
process.stdout.write(
  `seed ${values.seed}: ${files} files; ${wrong === undefined ? 'none' : `${path}: ${wrong}`}\n`,
);
process.exitCode = wrong === undefined ? 0 : 1;
