/** What a process needs in its environment to be recorded by the shim. */
import { preloadOf } from '../preload.js';

/** Added to a sync for each write that it covers, microseconds. */
const SYNC_US = 200;

/** `into`: a folder for the library. `root`: what happens below it is recorded. */
export function recording(into: string, root: string, trace: string): Record<string, string> {
  const library = preloadOf('scripts/campaigns/power/shim.c', into);
  return { LD_PRELOAD: library, POWER_ROOT: root, POWER_TRACE: trace, POWER_SYNC_US: String(SYNC_US) };
}
