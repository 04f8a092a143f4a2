/**
 * All tests of a folder in one process: the runner and the modules that they share are loaded once, which is half a second
 * of processor time for each file that does without. Each may still be run by itself.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/base/root.js';

/** In the order of their names. */
export async function testsOf(folder: string): Promise<void> {
  const root = join(packageRoot(), 'dist/test', folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.js'),
  );
  for (const file of files.sort()) await import(pathToFileURL(join(root, file)).href);
}
