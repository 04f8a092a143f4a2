/** `npm run network`, for a few seconds: it sells, says what lies where, and ends clean. */
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { spawnNode } from '../support/process.js';

t.test('a network is shown for a time, and audited when it has stopped', async (t) => {
  const child = spawnNode([join(packageRoot(), 'dist/scripts/network/main.js'), '--seconds', '3']);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  t.equal(code, 0, output);
  t.match(output, /TALK10@north \d+/);
  t.match(output, /[1-9]\d* sold/);
  t.match(output, /audit: clean/);
});
