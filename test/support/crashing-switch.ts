/** The real switch on a configuration and a data folder, with the trap of trap.ts. */
import { readConfig } from '../../src/app/config.js';
import { openKeys } from '../../src/app/keys.js';
import { createLogger } from '../../src/app/logger.js';
import { openStoreOf, storeUrl } from '../../src/app/store.js';
import { startSwitch } from '../../src/app/switch.js';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { trapped } from './trap.js';

const [config = '', folder = ''] = process.argv.slice(2);

const log = createLogger(false);
const running = await startSwitch(readConfig(config, process.env), {
  clock: systemClock,
  random: systemRandom,
  log,
  openStore: async (onBroken) =>
    trapped(await openStoreOf({ serves: true, dataFolder: folder, clock: systemClock, onBroken })),
  isShared: storeUrl(folder) !== undefined,
  openKeys: (store) => openKeys(store, folder, systemRandom),
  onBroken: () => process.exit(70),
});
log.info({ ports: Object.fromEntries(running.ports) }, 'ready');
