/**
 * The audit trail's head goes into the log, at the start and every hour: a log that is kept elsewhere then tells whether
 * the trail was cut or written anew (`audit verify --head`).
 */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { repeatedly } from '../base/repeating.js';
import type { Store } from '../store/store.js';

const EVERY_MS = 3_600_000;

/** Returns how it ends. */
export function logTrailHead(store: Pick<Store, 'trailHead'>, clock: Clock, log: Log): () => void {
  const tell = async (): Promise<void> => {
    const head = await store.trailHead().catch(() => undefined);
    if (head) log.info({ number: head.number, hash: head.hash }, 'audit trail head');
  };
  return repeatedly(clock, EVERY_MS, tell, 0);
}
