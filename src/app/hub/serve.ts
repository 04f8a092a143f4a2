/** One process that serves as a hub: data folder (its alone), keys, the hub, signals (process.ts). */
import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import { openKeys } from '../keys.js';
import { createLogger } from '../logger.js';
import { endBroken, endOnSignal, storeLimits } from '../process.js';
import { claimStore, openStoreWhenThere, storeUrl } from '../store.js';
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
  const place = { dataFolder, store: config.store };
  const release = await claimStore(place);
  const running = await startHub(config, {
    clock: systemClock,
    random: systemRandom,
    log,
    openStore: (onBroken) =>
      openStoreWhenThere(
        {
          ...place,
          serves: true,
          actor: 'hub',
          clock: systemClock,
          onBroken,
          limits: storeLimits(config.limits.storeQueueMax),
        },
        log,
      ),
    isShared: storeUrl(dataFolder, config.store) !== undefined,
    openKeys: (store) =>
      openKeys(store, dataFolder, systemRandom, (file) =>
        log.warn({ file }, 'new keys made: without a copy of this file the stock cannot be read'),
      ),
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
