/**
 * The command line without a process of its own: the same commands, in this process, which has loaded them once. For
 * tests that look at a switch through them; test/cli shows that the program itself does as they do. What is written
 * while a command runs is its output only where the command wrote it: the runner reports on the same streams.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { runCommandLine } from '../../src/cli/program.js';
import type { RunResult } from './process.js';

type Written = { stdout: string; stderr: string };

const running = new AsyncLocalStorage<Written>();
/** One after the other: the exit code is the process's. */
let last: Promise<unknown> = Promise.resolve();
let diverted = false;

export function commandLine(args: readonly string[]): Promise<RunResult> {
  if (!diverted) {
    divert('stdout');
    divert('stderr');
    diverted = true;
  }
  const result = last.then(() => called(args));
  last = result.catch(() => {});
  return result;
}

async function called(args: readonly string[]): Promise<RunResult> {
  const written: Written = { stdout: '', stderr: '' };
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await running.run(written, () => runCommandLine(args));
    return { code: Number(process.exitCode ?? 0), ...written };
  } finally {
    process.exitCode = before;
  }
}

function divert(name: 'stdout' | 'stderr'): void {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const written = running.getStore();
    if (!written) return write(chunk, ...rest);
    written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  }) as typeof stream.write;
}
