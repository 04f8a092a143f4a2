/**
 * Acquisition: PINs are ordered from vendors when the network's stock falls below its reorder level, and taken in as
 * they are delivered. Two kinds of rounds: one decides what to order (reorder.ts), one for each vendor brings its
 * open orders on (follower.ts). Either may be cut at any point and begun again by a new process: all that counts
 * stands in the store's books.
 */
import { safeText } from '../../base/errors.js';
import type { OrderSettings } from '../policy/policy.js';
import type { VendorConfig } from '../vendors/schema.js';
import type { AcquisitionDeps } from './events.js';
import { Follower } from './follower.js';
import { Outlooks } from './outlook.js';
import { Reorder, type Source } from './reorder.js';
import { Rounds } from './rounds.js';

export interface AcquisitionSettings {
  /** Of several that sell a product, the first is asked first. */
  readonly vendors: readonly VendorConfig[];
  readonly orders: OrderSettings;
  /** Between two looks whether something is to be ordered, milliseconds. */
  readonly lookMs: number;
}

export interface Acquisition {
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>;
}

/** Opens no connection before there is an order. Throws SafeError where a vendor's TLS cannot be used. */
export function startAcquisition(deps: AcquisitionDeps, settings: AcquisitionSettings): Acquisition {
  const { vendors, orders, lookMs } = settings;
  const followers = new Map(vendors.map((vendor) => [vendor.name, new Follower(vendor, deps)]));
  const sources = sourcesOf(vendors, followers);
  const reorder = new Reorder(deps, new Outlooks(deps.store, deps.clock), orders, sources);
  /** Named in the log once each. */
  const strangers = new Set<string>();
  const look = async (): Promise<number> => {
    try {
      // Of several hub processes one orders.
      if (!(await deps.store.leads())) return lookMs;
      for (const vendor of await reorder.look()) {
        const follower = followers.get(vendor);
        follower?.wake();
        if (follower || strangers.has(vendor)) continue;
        strangers.add(vendor);
        deps.log.warn({ vendor }, 'open orders of a vendor that is not configured: they stay open');
      }
    } catch (error) {
      deps.log.error({ error: safeText(error) }, 'reorder levels could not be looked at');
    }
    return lookMs;
  };
  const rounds = new Rounds(deps.clock, look);
  rounds.wake();
  return {
    async stop() {
      await Promise.all([rounds.stop(), ...[...followers.values()].map((follower) => follower.stop())]);
    },
  };
}

function sourcesOf(
  vendors: readonly VendorConfig[],
  followers: ReadonlyMap<string, Follower>,
): ReadonlyMap<string, readonly Source[]> {
  const sources = new Map<string, Source[]>();
  for (const vendor of vendors) {
    const isAway = (): boolean => followers.get(vendor.name)?.isAway() ?? false;
    for (const goods of vendor.products) {
      const source = { vendor, goods, isAway };
      const others = sources.get(goods.code);
      if (others) others.push(source);
      else sources.set(goods.code, [source]);
    }
  }
  return sources;
}
