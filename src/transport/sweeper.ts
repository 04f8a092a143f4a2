/** One coarse timer a link, however many connections it has: it holds them to their time limits. */
import type { Clock } from '../base/clock.js';
import type { LinkLimits } from '../base/limits.js';
import type { Connection } from './connection.js';

const SWEEP_MS_MAX = 1_000;
const SWEEP_MS_MIN = 20;

/** Returns what stops it. */
export function startSweeper(
  connections: ReadonlySet<Connection>,
  limits: LinkLimits,
  clock: Clock,
): () => void {
  const shortest = Math.min(limits.idleMs, limits.frameMs, limits.replyMs, limits.lingerMs) / 4;
  const everyMs = Math.max(SWEEP_MS_MIN, Math.min(SWEEP_MS_MAX, shortest));
  let cancel = clock.after(everyMs, sweep);
  function sweep(): void {
    const now = clock.now();
    for (const connection of connections) connection.sweep(now);
    cancel = clock.after(everyMs, sweep);
  }
  return () => cancel();
}
