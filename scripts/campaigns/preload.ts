/** Builds C libraries that are loaded before a process's own (LD_PRELOAD), to watch or to spoil what it does to its files. */
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { packageRoot } from '../../src/base/root.js';

/** Whether one can be built and loaded here. */
export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

/** `source`: of the package. `into`: a folder for the library. Returns the library's path. */
export function preloadOf(source: string, into: string): string {
  const library = join(into, `${basename(source, '.c')}.so`);
  const file = join(packageRoot(), source);
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, file, '-ldl', '-lpthread']);
  return library;
}
