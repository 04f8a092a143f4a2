/** The PostgreSQL that tests run on: it ends with what it was started for, whatever that is killed by, and leaves nothing. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../src/base/root.js';
import { isAlive } from './support/alive.js';
import { scratch, spawnNode } from './support/process.js';
import { eventually } from './support/supplier.js';

t.test("a server for tests is nobody's superuser, and ends when its run was killed", async (t) => {
  const folder = scratch(t);
  chmodSync(folder, 0o755);
  const run = spawn('sleep', ['60']);
  t.teardown(() => run.kill('SIGKILL'));
  const program = join(packageRoot(), 'dist/test/support/postgres-server.js');
  const server = spawnNode([program, folder, String(run.pid)]);
  t.teardown(() => server.kill());
  const file = join(folder, 'data/postmaster.pid');
  // While the folder is being made it holds a pid below zero.
  const pid = (): number => (existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0);
  t.ok(await eventually(async () => pid() > 0 && isAlive(pid())), 'it is up');
  t.not(statSync(file).uid, 0, 'root is refused by PostgreSQL');
  const postmaster = pid();
  run.kill('SIGKILL');
  t.ok(
    await eventually(async () => !isAlive(postmaster) && !existsSync(folder)),
    'it is gone, with its folder',
  );
});
