/**
 * Databases on a real PostgreSQL: the server that DATABASE_URL names, or one for this run of tests, started by the first
 * that asks (postgres-server.ts) and shared by all; it ends with the run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { packageRoot } from '../../src/base/root.js';
import { isAlive } from './alive.js';

interface Teardown {
  teardown(task: () => unknown): void;
}

const READY_MS = 60_000;
const POLL_MS = 50;

/** Test files run as children of one runner. */
const RUN = process.env.TAP === '1' ? process.ppid : process.pid;

async function serverUrl(): Promise<string> {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const folder = join(tmpdir(), `prepaid-switch-postgres-${RUN}`);
  removeLeft(folder);
  try {
    startServer(folder, RUN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return urlIn(folder);
}

/** What a run of this number left whose server was killed. */
function removeLeft(folder: string): void {
  const file = join(folder, 'pid');
  if (!existsSync(file) || isAlive(Number(readFileSync(file, 'utf8')))) return;
  rmSync(folder, { recursive: true, force: true });
}

/** Throws where the folder is there. */
function startServer(folder: string, whileRuns: number): ChildProcess {
  mkdirSync(folder);
  // Whom the server runs as passes through.
  chmodSync(folder, 0o755);
  const program = join(packageRoot(), 'dist/test/support/postgres-server.js');
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(process.execPath, [program, folder, String(whileRuns)], {
    detached: true,
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  child.unref();
  return child;
}

/** A server that is this test's alone, whose settings it may change; the URL of an empty database on it. */
export async function ownServer(t: Teardown): Promise<string> {
  return (await killableServer(t)).url;
}

export interface KillableServer {
  readonly url: string;
  /** As kill -9 does. */
  kill(): void;
  startAgain(): void;
}

export async function killableServer(t: Teardown): Promise<KillableServer> {
  const folder = join(tmpdir(), `prepaid-switch-postgres-${randomBytes(8).toString('hex')}`);
  const child = startServer(folder, process.pid);
  t.teardown(() => child.kill());
  const url = await urlIn(folder);
  await ask(url, 'SELECT 1');
  return { url, kill: () => child.kill('SIGUSR2'), startAgain: () => child.kill('SIGCONT') };
}

async function urlIn(folder: string): Promise<string> {
  const file = join(folder, 'url');
  for (let left = READY_MS; left > 0; left -= POLL_MS) {
    if (existsSync(file)) return readFileSync(file, 'utf8');
    await sleep(POLL_MS);
  }
  throw new Error(`PostgreSQL did not start: ${readFileSync(join(folder, 'log'), 'utf8')}`);
}

async function ask(url: string, text: string): Promise<void> {
  for (let left = READY_MS; ; left -= POLL_MS) {
    const client = new pg.Client(url);
    try {
      await client.connect();
      await client.query(text);
      return;
    } catch (error) {
      const isStarting = /^(ECONNREFUSED|57P03)$/.test(String((error as { code?: string }).code));
      if (!isStarting || left <= 0) throw error;
      await sleep(POLL_MS);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** The URL of a new, empty database. It goes when the test ends, or with the server (dropping one costs a checkpoint). */
export async function databaseFor(t: Teardown): Promise<string> {
  const server = await serverUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await ask(server, `CREATE DATABASE ${name}`);
  if (process.env.DATABASE_URL) t.teardown(() => ask(server, `DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** What the migrations put there. */
const BEGINNING = `INSERT INTO tallied (journal_id, settling_id) VALUES (0, 0)`;
const EMPTIED = `DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename AS name FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'prepaid_switch_schema' LOOP
    EXECUTE 'DELETE FROM ' || quote_ident(one.name);
  END LOOP;
  FOR one IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' LOOP
    PERFORM setval(quote_ident(one.name)::regclass, 1, false);
  END LOOP;
  ${BEGINNING};
  PERFORM nextval('books_version'), nextval('sales_version');
END $$`;

const used: string[] = [];

/**
 * The same, but perhaps one that an earlier test of this process gave back, with its tables made and nothing in them:
 * a fifth of the time. To be given back once no store is open on it.
 */
export async function reusedDatabase(t: Teardown): Promise<{ url: string; giveBack(): Promise<void> }> {
  const url = used.pop() ?? (await databaseFor(t));
  return {
    url,
    async giveBack() {
      if (process.env.DATABASE_URL) return;
      await ask(url, EMPTIED);
      used.push(url);
    },
  };
}
