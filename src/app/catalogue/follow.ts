/**
 * Takes up new revisions while the switch runs: asks the store for the last number every so often, off the path of
 * sales, loads a new revision portion by portion and puts it in the old one's place between two requests. Stopped
 * anywhere in between, nothing was taken up; the next start begins with the last revision.
 */
import type { Clock } from '../../base/clock.js';
import { safeText } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Store } from '../../store/store.js';
import type { LiveCatalogue } from '../../switch/liveCatalogue.js';
import { loadCatalogue } from './revisions.js';

const LOOK_MS = 500;
/** After a revision that could not be taken up. */
const REST_MS = 10_000;

interface Following {
  readonly store: Store;
  readonly live: LiveCatalogue;
  readonly clock: Clock;
  readonly log: Log;
}

/** The returned function ends it, and resolves when no look is under way. */
export function followCatalogue({ store, live, clock, log }: Following): () => Promise<void> {
  let stopped = false;
  let cancel = (): void => {};
  let round: Promise<void> = Promise.resolve();
  const look = async (): Promise<number> => {
    const revision = await store.lastRevision();
    if (revision <= live.current.revision) return LOOK_MS;
    await live.replace(await loadCatalogue(store, revision));
    log.info({ revision }, 'catalogue taken up');
    return LOOK_MS;
  };
  const failed = (error: unknown): number => {
    log.error({ error: safeText(error) }, 'a new revision of the catalogue could not be taken up');
    return REST_MS;
  };
  const schedule = (ms: number): void => {
    cancel = clock.after(ms, () => {
      round = look()
        .catch(failed)
        .then((next) => (stopped ? undefined : schedule(next)));
    });
  };
  schedule(LOOK_MS);
  return () => {
    stopped = true;
    cancel();
    return round;
  };
}
