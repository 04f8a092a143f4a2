/** How the hub keeps its switches stocked: what the loop works with, its settings and limits. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Catalogue } from '../../domain/catalogue.js';
import type { Store } from '../../store/store.js';
import type { LevelLimit, PolicySettings } from '../policy/policy.js';

/** Bounds of a desired level, the switch by its name: one that is not enrolled yet may have them. */
export interface NamedLimit extends Omit<LevelLimit, 'switchId'> {
  readonly switch?: string | undefined;
}

export const KEEPER_LIMITS = {
  /** From one round to the next where nothing woke it, milliseconds. */
  everyMs: 1_000,
  /** At least so long from the end of one round to the next, milliseconds; and three times as long as its plan took. */
  pauseMs: 50,
  /** PINs that may be under way to one switch at once: one that is slow, or away, is not flooded. */
  underWayMax: 60_000,
  /** How often demand is read anew, and how far back, milliseconds. */
  demandEveryMs: 300_000,
  demandSpanMs: 28 * 86_400_000,
  /** How often PINs that expire soon are looked for, milliseconds. */
  expiringEveryMs: 60_000,
  /** A merchant keeps where it sells what it spends there in this time, milliseconds. */
  leaseMs: 4 * 3_600_000,
  /** How often money is looked at, milliseconds. */
  leasesEveryMs: 1_000,
} as const;

export type KeeperSettings = { readonly [Name in keyof typeof KEEPER_LIMITS]: number } & {
  readonly policy: Omit<PolicySettings, 'limits'> & { readonly limits: readonly NamedLimit[] };
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
