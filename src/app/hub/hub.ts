/**
 * The running hub: store, keys, catalogue, the calls of switches, and the loops that keep levels and order PINs; taken
 * down again in the other order. Polls are answered when it stops, so that no switch waits for a hub that has gone.
 */

import type { Clock } from '../../base/clock.js';
import { dateAt } from '../../base/dates.js';
import { safeText } from '../../base/errors.js';
import { LineLimit } from '../../base/lineLimit.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import { repeatedly } from '../../base/repeating.js';
import { balanceFloor } from '../../domain/merchant.js';
import type { LoopDeps } from '../../hub/server/loop.js';
import { HubService } from '../../hub/server/service.js';
import type { Keyring } from '../../stock/keyring.js';
import { openVault } from '../../stock/vault.js';
import type { Store } from '../../store/store.js';
import { LiveCatalogue } from '../../switch/liveCatalogue.js';
import { Receipts } from '../../switch/receipts.js';
import { startAdmin } from '../admin.js';
import { followCatalogue } from '../catalogue/follow.js';
import { catalogueAtStart } from '../catalogue/start.js';
import { begun, type Endings, end } from '../endings.js';
import { storeAnswers } from '../readiness.js';
import { refuseMembersFolder } from '../roles.js';
import { logTrailHead } from '../trailHead.js';
import type { HubConfig } from './config.js';
import { LOOPS, type StartLoop } from './loops.js';
import { HubMetrics } from './metrics.js';
import { startHubServer } from './server.js';

/** How often PINs whose expiry has come are looked for; the first time soon after the start. Milliseconds. */
const EXPIRY_SWEEP_MS = 600_000;
const FIRST_SWEEP_MS = 5_000;
/** Lines of the log a second with the same text: what callers bring about does not fill it. */
const LOG_LINES_PER_SECOND_MAX = 20;

export interface HubEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The store is chosen outside; it reports a break through `onBroken`. */
  readonly openStore: (onBroken: (error: unknown) => void) => Promise<Store>;
  /** Other processes may open the same store. */
  readonly isShared?: boolean;
  /** Asked once the store is open. */
  readonly openKeys: (store: Store) => Promise<Keyring>;
  /** The store cannot say what stands: the process must end. */
  readonly onBroken: (error: unknown) => void;
  /** What runs besides answering; a test may play these itself. */
  readonly loops?: readonly StartLoop[];
}

export interface RunningHub {
  readonly store: Store;
  readonly service: HubService;
  /** `hub`, where switches call, and `admin`. */
  readonly ports: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Rejects where anything cannot be had (a port, the database, the keys); nothing is then left running. */
export function startHub(config: HubConfig, environment: HubEnvironment): Promise<RunningHub> {
  return begun((endings) => begin(config, environment, endings));
}

async function begin(config: HubConfig, environment: HubEnvironment, endings: Endings): Promise<RunningHub> {
  const { clock, random, log, onBroken } = environment;
  const { utcOffsetMinutes, limits } = config;
  const metrics = new HubMetrics();
  let mayServe = async (): Promise<boolean> => false;
  // First: it tells that the hub is not ready, also while a database is waited for.
  const admin = await startAdmin(config.admin, metrics, async () =>
    (await mayServe()) ? 'ready' : 'not ready',
  );
  endings.push(() => admin.close());
  const store = await environment.openStore(onBroken);
  endings.push(() => store.shutdown());
  await refuseMembersFolder(store);
  const vault = await openVault(store, await environment.openKeys(store), random);
  const { catalogue: document, suppliers } = config;
  const catalogue = await catalogueAtStart({ store, clock, log, document, suppliers });
  const live = await LiveCatalogue.open(catalogue, await Receipts.open(store));
  endings.push(followCatalogue({ store, live, clock, log }).stop);
  const floorOf = (merchant: string, currency: string): number | undefined => {
    const account = live.current.merchant(merchant)?.account;
    return account && balanceFloor(account, currency);
  };
  const callLog = new LineLimit(log, clock, LOG_LINES_PER_SECOND_MAX);
  const service = await HubService.open({
    ...{ store, vault, clock, random, log: callLog, limits, utcOffsetMinutes, floorOf },
    isShared: environment.isShared ?? false,
  });
  endings.push(logTrailHead(store, clock, log));
  endings.push(startExpirySweep(store, clock, log, utcOffsetMinutes));
  metrics.observe(store, service);
  const deps: LoopDeps = {
    ...{ store, vault, clock, random, log, wake: service.watch, utcOffsetMinutes },
    get catalogue() {
      return live.current;
    },
    connected: () => service.connected(),
  };
  for (const startLoop of environment.loops ?? LOOPS) {
    const loop = await startLoop(deps, config, metrics);
    endings.push(() => loop.stop());
  }
  const server = await startHubServer(config, { service, metrics, log: callLog, onBroken });
  endings.push(() => within(limits.drainMs, clock, server.close()));
  mayServe = () => storeAnswers(store, clock);
  return {
    store,
    service,
    ports: new Map([
      ['hub', server.port],
      ['admin', admin.port],
    ]),
    stop() {
      mayServe = async () => false;
      return end(endings);
    },
  };
}

/** Goes on after that time all the same. */
function within(ms: number, clock: Clock, task: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    task.finally(cancel).then(resolve, reject);
  });
}

function startExpirySweep(store: Store, clock: Clock, log: Log, utcOffsetMinutes: number): () => void {
  const sweep = async (): Promise<void> => {
    try {
      await store.expire(dateAt(clock.now(), utcOffsetMinutes));
    } catch (error) {
      log.error({ error: safeText(error) }, 'sweep failed');
    }
  };
  return repeatedly(clock, EXPIRY_SWEEP_MS, sweep, FIRST_SWEEP_MS);
}
