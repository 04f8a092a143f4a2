/** Around every campaign: what it started ends with it, and its module is a command, too. */
import { basename } from 'node:path';

export interface Teardown {
  teardown(task: () => unknown): void;
}

/** Plays; then, also where that threw, does what was to be done at the end, the last begun first. */
export async function withTeardowns<T>(play: (t: Teardown) => Promise<T>): Promise<T> {
  const tasks: (() => unknown)[] = [];
  try {
    return await play({ teardown: (task) => void tasks.push(task) });
  } finally {
    for (const task of tasks.reverse()) await task();
  }
}

/** Whether the campaign whose module has this URL is the program that was started, and not a test. */
export function isProgram(url: string): boolean {
  return url.endsWith(`/campaigns/${basename(process.argv[1] ?? '')}`);
}
