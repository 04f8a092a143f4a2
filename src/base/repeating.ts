/** What is done again and again while the program runs. */
import type { Clock } from './clock.js';

/**
 * Runs a task after `firstMs` (0: at once), and again each time `everyMs` after it has ended. It must not reject. Returns
 * how it ends: a run that is under way is the last one.
 */
export function repeatedly(
  clock: Pick<Clock, 'after'>,
  everyMs: number,
  task: () => Promise<void> | void,
  firstMs = everyMs,
): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const run = async (): Promise<void> => {
    await task();
    if (!stopped) cancel = clock.after(everyMs, run);
  };
  if (firstMs === 0) void run();
  else cancel = clock.after(firstMs, run);
  return () => {
    stopped = true;
    cancel();
  };
}
