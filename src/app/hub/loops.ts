/** What runs at a hub besides answering; started in this order when it is ready, ended in the other one. */
import type { Loop, LoopDeps } from '../../hub/server/loop.js';
import type { HubConfig } from './config.js';

type StartLoop = (deps: LoopDeps, config: HubConfig) => Promise<Loop>;

export const LOOPS: readonly StartLoop[] = [];
