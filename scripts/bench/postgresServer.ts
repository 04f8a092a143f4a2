/** The server of the benches: that of the tests, with fsync as it is by default, on a folder of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/base/root.js';

export interface BenchServer {
  /** For scratch files. */
  readonly folder: string;
  /** Of an empty database. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'prepaid-switch-bench-'));
  execFileSync('chmod', ['755', folder]);
  const program = join(packageRoot(), 'dist/test/support/postgres-server.js');
  const server = spawn(process.execPath, [program, folder, String(process.pid)]);
  return {
    folder,
    url: await urlOf(folder),
    async stop() {
      server.kill('SIGTERM');
      await sleep(1_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function urlOf(folder: string): Promise<string> {
  const file = join(folder, 'url');
  while (!existsSync(file)) await sleep(100);
  await sleep(1_000);
  return readFileSync(file, 'utf8');
}
