/**
 * A primary and its synchronous standby, by streaming replication: Debian's PostgreSQL, each server with a folder and a
 * port of its own. Undefined where it is not installed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort, scratch } from './process.js';

const ROOT = '/usr/lib/postgresql';
const NOBODY = 65_534;
const USER = 'switch';
const READY_MS = 30_000;
const POLL_MS = 100;

export interface Pair {
  /** Both hosts, the primary first. */
  readonly url: string;
  /** Of one server, for a look. */
  readonly standbyUrl: string;
  /** As kill -9 does, with all its processes. */
  killPrimary(): void;
  promote(): void;
}

export function binaries(): string | undefined {
  const versions = existsSync(ROOT)
    ? readdirSync(ROOT).sort((one, other) => Number(other) - Number(one))
    : [];
  return versions
    .map((version) => join(ROOT, version, 'bin'))
    .find((bin) => ['initdb', 'postgres', 'pg_basebackup'].every((name) => existsSync(join(bin, name))));
}

export async function startPair(t: { teardown(task: () => unknown): void }, bin: string): Promise<Pair> {
  const folder = scratch(t);
  const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { ...as, cwd: folder, stdio: 'ignore' } as const;
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const [first, second] = [await freePort(), await freePort()];
  const data = (name: string): string => join(folder, name);
  const call = (program: string, ...args: string[]) => execFileSync(join(bin, program), args, options);
  const start = (name: string, port: number, ...flags: string[]): ChildProcess => {
    const settings = [
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'shared_buffers=32MB',
    ];
    const all = [...settings, ...flags].flatMap((setting) => ['-c', setting]);
    const child = spawn(join(bin, 'postgres'), ['-D', data(name), '-p', String(port), ...all], {
      ...options,
      detached: true,
    });
    t.teardown(() => endGroup(child));
    return child;
  };
  mkdirSync(data('one'), { mode: 0o700 });
  if (as.uid !== undefined) chownSync(data('one'), as.uid, as.gid);
  call('initdb', '-D', data('one'), '-U', USER, '--auth=trust', '--no-sync', '--locale=C', '--encoding=UTF8');
  appendFileSync(join(data('one'), 'pg_hba.conf'), 'host replication all 127.0.0.1/32 trust\n');
  const primary = start('one', first, 'synchronous_standby_names=*');
  const at = (port: number): string => `postgres://${USER}@127.0.0.1:${port}/postgres`;
  await answers(at(first));
  call(
    'pg_basebackup',
    '-h',
    '127.0.0.1',
    '-p',
    String(first),
    '-U',
    USER,
    '-D',
    data('two'),
    '-R',
    '--no-sync',
  );
  start('two', second);
  await answers(at(second));
  await answers(at(first), "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'");
  return {
    url: `postgres://${USER}@127.0.0.1:${first},127.0.0.1:${second}/postgres`,
    standbyUrl: at(second),
    killPrimary: () => endGroup(primary),
    promote: () => void call('pg_ctl', 'promote', '-w', '-D', data('two')),
  };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Waits until the question has a row. */
async function answers(url: string, question = 'SELECT 1'): Promise<void> {
  for (let left = READY_MS; left > 0; left -= POLL_MS) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      if ((await client.query(question)).rowCount) return;
    } catch {
      // Not yet.
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(POLL_MS);
  }
  throw new Error(`no answer to ${question}`);
}
