/** The canary of the journeys finds what it is meant to find. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keepSecret, keepSecrets, refuseLeaks, refuseStored } from './support/canary.js';

t.test('a secret in a log or in a database is found, and nothing else is', async (t) => {
  keepSecret('738291650471');
  keepSecrets({ 2: '4000001234567899', 35: '4000001234567899D2712', 102: '5550001234', 4: '000000001000' });
  refuseLeaks('{"time":1772366400000,"amount":"000000001000","near":"7382916504710"}');
  for (const log of [
    'PIN 738291650471',
    '{"pan":"4000001234567899"}',
    'x4000001234567899D2712',
    'account 5550001234.',
  ])
    t.throws(() => refuseLeaks(log), /a log tells a secret/);
  const folder = t.testdir();
  mkdirSync(folder, { recursive: true });
  refuseStored(folder);
  writeFileSync(join(folder, 'switch.db-wal'), Buffer.from('...738291650471...'));
  t.throws(() => refuseStored(folder), /switch\.db-wal holds a secret/);
});
