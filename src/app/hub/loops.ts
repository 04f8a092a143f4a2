/** What runs at a hub besides answering; started in this order when it is ready, ended in the other one. */
import { startKeeper } from '../../hub/keeper/keeper.js';
import type { Loop, LoopDeps } from '../../hub/server/loop.js';
import type { HubConfig } from './config.js';
import type { HubMetrics } from './metrics.js';

export type StartLoop = (deps: LoopDeps, config: HubConfig, metrics: HubMetrics) => Promise<Loop>;

const keeper: StartLoop = async (deps, { policy, keeper: limits }) =>
  startKeeper(deps, { ...limits, policy });

/** Loaded where a vendor is configured: a hub without one starts faster without their client. */
const acquisition: StartLoop = async (deps, config, metrics) => {
  const { vendors, policy } = config;
  if (vendors.length === 0) return { stop: async () => undefined };
  const { startAcquisition } = await import('../../hub/acquisition/acquisition.js');
  const { store, vault, clock, random, log, wake } = deps;
  const counters = {
    add: (event: string, vendor: string, n = 1): void => metrics.countVendor(vendor, event, n),
  };
  const onStock = (): void => wake.wake();
  return startAcquisition(
    { store, vault, clock, random, log, counters, onStock },
    { vendors, orders: policy.orders, lookMs: config.acquisition.lookMs },
  );
};

export const LOOPS: readonly StartLoop[] = [keeper, acquisition];
