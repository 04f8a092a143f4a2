import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { loadProfile, parseProfile } from '../../src/conduit/profile.js';
import { REASONS } from '../../src/domain/reason.js';

const shipped = readdirSync(join(packageRoot(), 'specs/profiles'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''));

t.test('every shipped profile is valid and has a code for every reason', async (t) => {
  t.ok(shipped.length >= 3);
  for (const name of shipped) {
    const profile = loadProfile(name);
    t.equal(profile.name, name);
    for (const reason of REASONS) t.ok(profile.reasons[reason], `${name}: ${reason}`);
  }
});

t.test('a fault is one line that names the file, the path and what is allowed', async (t) => {
  const base = { extends: 'default', name: 'mine' };
  const cases: [unknown, RegExp][] = [
    [{ ...base, facts: { amount: 'four' } }, /^mine\.json: facts\.amount: .*field path/],
    [{ ...base, rules: [{ service: 'sell', mti: ['0200'] }] }, /^mine\.json: rules\.0\.service: .*pin-sale/],
    [{ ...base, colour: 'red' }, /^mine\.json: .*colour/],
    [{ ...base, reasons: { approved: '' } }, /^mine\.json: reasons\.approved: /],
    [{ ...base, extends: 'nobody' }, /^nobody: no such profile/],
    ['text', /^mine\.json: must be of type object/],
  ];
  for (const [spec, expected] of cases) {
    t.throws(() => parseProfile(spec, 'mine.json'), { message: expected });
    try {
      parseProfile(spec, 'mine.json');
    } catch (error) {
      t.notMatch(error instanceof Error ? error.message : '', /\n/);
    }
  }
});

t.test('a profile that extends another replaces single facts, reasons and parts of the answer', async (t) => {
  const profile = parseProfile(
    { extends: 'default', name: 'mine', facts: { product: '103' }, reasons: { 'out-of-stock': '41' } },
    'mine.json',
  );
  t.same(profile.facts.product, ['103']);
  t.same(profile.facts.stan, ['11']);
  t.equal(profile.reasons['out-of-stock'], '41');
  t.equal(profile.reasons.approved, '00');
});
