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

export interface CatalogueFollower {
  /** There is a new revision: no need to wait for the next look. */
  wake(): void;
  /** Resolves when no look is under way. */
  stop(): Promise<void>;
}

export function followCatalogue({ store, live, clock, log }: Following): CatalogueFollower {
  let stopped = false;
  let isLooking = false;
  let wasWoken = false;
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
  const begin = (): void => {
    cancel();
    isLooking = true;
    wasWoken = false;
    round = look()
      .catch(failed)
      .then((next) => {
        isLooking = false;
        if (!stopped) cancel = clock.after(wasWoken ? 0 : next, begin);
      });
  };
  cancel = clock.after(LOOK_MS, begin);
  return {
    wake() {
      if (isLooking) wasWoken = true;
      else if (!stopped) begin();
    },
    stop() {
      stopped = true;
      cancel();
      return round;
    },
  };
}
