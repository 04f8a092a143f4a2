/** Builds the shim, and what a process needs in its environment to be recorded. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../src/base/root.js';

const SOURCE = join(packageRoot(), 'scripts/campaigns/power/shim.c');
/** Added to a sync for each write that it covers, microseconds. */
const SYNC_US = 200;

/** Whether the shim can be built here. */
export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

/** `into`: a folder for the library. `root`: what happens below it is recorded. */
export function recording(into: string, root: string, trace: string): Record<string, string> {
  const library = join(into, 'shim.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl', '-lpthread']);
  return { LD_PRELOAD: library, POWER_ROOT: root, POWER_TRACE: trace, POWER_SYNC_US: String(SYNC_US) };
}
