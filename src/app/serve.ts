/**
 * One process that serves: data folder (its alone), keys, the switch, signals. SIGTERM and SIGINT drain and end with 0; a
 * second one ends at once. Where the store breaks the process ends with 70, to recover from the journal.
 */
import { relative } from 'node:path';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import type { Config } from './config.js';
import { startSimulators, stockDemo } from './demo.js';
import { openKeys } from './keys.js';
import { createLogger } from './logger.js';
import { endBroken, endOnSignal, storeLimits } from './process.js';
import { claimStore, openStoreWhenThere, storeUrl } from './store.js';
import { startSwitch } from './switch.js';

export interface ServeOptions {
  readonly config: Config;
  readonly dataFolder: string;
  /** Demonstration: makes keys and stock at first start, and runs supplier simulators. */
  readonly demo: boolean;
  readonly pretty: boolean;
}

/** Resolves when the switch is ready; the process then lives until a signal. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, dataFolder, demo } = options;
  const log = createLogger(options.pretty);
  const place = { dataFolder, store: config.store };
  const release = await claimStore(place);
  const simulators = demo ? await startSimulators(config, dataFolder, log) : undefined;
  const running = await startSwitch(config, {
    clock: systemClock,
    random: systemRandom,
    log,
    openStore: (onBroken) =>
      openStoreWhenThere(
        {
          ...place,
          serves: true,
          actor: 'switch',
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
    beforeLinks: async (store, vault) => {
      const isDemo = demo && !(await store.membership());
      const made = isDemo ? await stockDemo(config, store, vault, systemClock, systemRandom) : 0;
      if (made > 0) log.info({ made }, 'demonstration stock made');
    },
  }).catch(async (error: unknown) => {
    await simulators?.stop();
    release();
    throw error;
  });
  endOnSignal(running, async () => {
    await simulators?.stop();
    release();
    log.info({}, 'stopped');
  });
  log.info({ ports: Object.fromEntries(running.ports) }, 'ready');
  if (demo && options.pretty) process.stdout.write(nextSteps(running.ports));
}

function nextSteps(ports: ReadonlyMap<string, number>): string {
  const command = `node ${relative(process.cwd(), process.argv[1] ?? '')}`;
  const ascii = `127.0.0.1:${ports.get('ascii')}`;
  return [
    '',
    `  Sell a PIN:         ${command} terminal sell --product TALK10`,
    `  Credit an account:  ${command} terminal credit --account 5550001234 --amount 1000`,
    `  Load it:            ${command} load --to ${ascii} --connections 128 --in-flight 1 --seconds 10`,
    `  See the stock:      ${command} stock levels`,
    `  Audit every PIN:    ${command} stock audit`,
    `  Metrics:            curl http://127.0.0.1:${ports.get('admin')}/metrics`,
    '',
    '',
  ].join('\n');
}
