/**
 * What runs at a hub besides answering: the keeper that keeps the levels, the buyer that orders PINs. Each is started
 * with these, wakes the others by `wake` when it has changed the books, and ends whole before the store closes.
 */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import type { Catalogue } from '../../domain/catalogue.js';
import type { Vault } from '../../stock/vault.js';
import type { Store } from '../../store/store.js';
import type { Wake } from './watch.js';

export interface LoopDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly wake: Wake;
  /** As it is now: another revision may take its place. */
  readonly catalogue: Catalogue;
  /** Minutes east of UTC of the days in which PINs expire. */
  readonly utcOffsetMinutes: number;
  /** Switches that what is given or recalled reaches now, by id. */
  connected(): ReadonlySet<number>;
}

export interface Loop {
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>;
}
