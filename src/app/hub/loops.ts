/** What runs at a hub besides answering; started in this order when it is ready, ended in the other one. */
import { startKeeper } from '../../hub/keeper/keeper.js';
import type { Loop, LoopDeps } from '../../hub/server/loop.js';
import type { HubConfig } from './config.js';

type StartLoop = (deps: LoopDeps, config: HubConfig) => Promise<Loop>;

const keeper: StartLoop = async (deps, { policy, keeper: limits }) =>
  startKeeper(deps, { ...limits, policy });

export const LOOPS: readonly StartLoop[] = [keeper];
