/**
 * The real switch with one trap: the process kills itself (SIGKILL, no clean-up whatever) just before or just
 * after the store's verb named by CRASH_AT, such as `before:close` or `after:open`. Before means that the verb
 * never reached the store; after, that it is on disk and nobody has been told. With `full:close` the process lives,
 * and the verb's first call finds the disk full.
 */

import { readConfig } from '../../src/app/config.js';
import { databaseFile } from '../../src/app/data.js';
import { openKeys } from '../../src/app/keys.js';
import { createLogger } from '../../src/app/logger.js';
import { startSwitch } from '../../src/app/switch.js';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { StoreFull } from '../../src/store/errors.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';

const [config = '', folder = ''] = process.argv.slice(2);
const [when = '', verb = ''] = (process.env.CRASH_AT ?? '').split(':');

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

let full = when === 'full';

function trapped(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (name !== verb) return call;
      return async (...args: unknown[]) => {
        if (when === 'before') return die();
        if (when === 'full') {
          if (!full) return call(...args);
          full = false;
          throw new StoreFull('store: the disk is full');
        }
        await call(...args);
        return die();
      };
    },
  });
}

const log = createLogger(false);
const running = await startSwitch(readConfig(config, process.env), {
  clock: systemClock,
  random: systemRandom,
  log,
  openStore: async (onBroken) =>
    trapped(await openSqliteStore({ file: databaseFile(folder), clock: systemClock, onBroken })),
  keyring: openKeys(folder, systemRandom),
  onBroken: () => process.exit(70),
});
log.info({ ports: Object.fromEntries(running.ports) }, 'ready');
