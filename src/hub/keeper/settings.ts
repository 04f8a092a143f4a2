/** How the hub keeps its switches stocked: what the loop works with, its settings and limits. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Catalogue } from '../../domain/catalogue.js';
import type { Store } from '../../store/store.js';
import { DEFAULT_POLICY, type PolicySettings } from '../policy/policy.js';

export interface KeeperSettings {
  readonly policy: PolicySettings;
  /** From one round to the next where nothing woke it, milliseconds. */
  readonly everyMs: number;
  /** At least so long from one round to the next, milliseconds. */
  readonly pauseMs: number;
  /** PINs that may be under way to one switch at once: one that is slow, or away, is not flooded. */
  readonly underWayMax: number;
  /** How often demand is read anew, and how far back, milliseconds. */
  readonly demandEveryMs: number;
  readonly demandSpanMs: number;
  /** A merchant keeps where it sells what it spends there in this time, milliseconds. */
  readonly leaseMs: number;
  /** How often money is looked at, milliseconds. */
  readonly leasesEveryMs: number;
}

const HOUR = 3_600_000;

export const KEEPER_DEFAULTS: KeeperSettings = {
  policy: DEFAULT_POLICY,
  everyMs: 1_000,
  pauseMs: 20,
  underWayMax: 60_000,
  demandEveryMs: HOUR / 12,
  demandSpanMs: 28 * 24 * HOUR,
  leaseMs: 4 * HOUR,
  leasesEveryMs: 1_000,
};

export interface KeeperDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly wake: {
    /** The books were changed: polls that wait are looked at again. */
    wake(): void;
    /** Resolves when somebody has said so, or after `ms`, or when `gone`. */
    next(ms: number, gone?: AbortSignal): Promise<void>;
  };
  /** As it is now: another revision may take its place. */
  readonly catalogue: Pick<Catalogue, 'merchant'>;
  /** Minutes east of UTC of the days in which PINs expire. */
  readonly utcOffsetMinutes: number;
  /** Switches that what is given or recalled reaches now, by id. */
  connected(): ReadonlySet<number>;
}
