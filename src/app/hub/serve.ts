/** One process that serves as a hub: data folder (its alone), keys, the hub, signals (process.ts). */
import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import { claim } from '../../store/sqlite/index.js';
import { claimFile } from '../data.js';
import { openKeys } from '../keys.js';
import { createLogger } from '../logger.js';
import { endBroken, endOnSignal, storeLimits } from '../process.js';
import { openStoreOf } from '../store.js';
import type { HubConfig } from './config.js';
import { startHub } from './hub.js';

export interface ServeHubOptions {
  readonly config: HubConfig;
  readonly dataFolder: string;
  readonly pretty: boolean;
}

/** Resolves when the hub is ready; the process then lives until a signal. */
export async function serveHub({ config, dataFolder, pretty }: ServeHubOptions): Promise<void> {
  const log = createLogger(pretty);
  const keyring = openKeys(dataFolder, systemRandom, (file) =>
    log.warn({ file }, 'new keys made: without a copy of this file the stock cannot be read'),
  );
  const release = claim(claimFile(dataFolder));
  const running = await startHub(config, {
    clock: systemClock,
    random: systemRandom,
    log,
    openStore: (onBroken) =>
      openStoreOf({
        dataFolder,
        store: config.store,
        clock: systemClock,
        onBroken,
        limits: storeLimits(config.limits.storeQueueMax),
      }),
    keyring,
    onBroken: (error) => endBroken(log, error),
  }).catch((error: unknown) => {
    release();
    throw error;
  });
  endOnSignal(running, async () => {
    release();
    log.info({}, 'stopped');
  });
  log.info({ ports: Object.fromEntries(running.ports) }, 'ready');
}
