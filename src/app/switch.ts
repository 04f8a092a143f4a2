/**
 * The running switch: wires configuration, store, vault, suppliers, journey and links, and takes them down again
 * in order. Start: admin, store, keys, recovery of what the last process left, suppliers, links; only then ready. Stop: no longer
 * ready; after `times.drainDelayMs`, in which a load balancer notices and everybody is served as before, links drain (no
 * new frames, answers under way go out), then forwarding, suppliers, store.
 */

import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import { programVersion } from '../base/root.js';
import type { Keyring } from '../stock/keyring.js';
import { openVault, type Vault } from '../stock/vault.js';
import type { Store } from '../store/store.js';
import { createSupplier, type Supplier } from '../supply/index.js';
import { Calendar } from '../switch/calendar.js';
import { SWITCH_LIMITS, SWITCH_TIMES, type SwitchContext } from '../switch/context.js';
import { Forwarder } from '../switch/forwarding.js';
import { Journey } from '../switch/journey.js';
import { LiveCatalogue } from '../switch/liveCatalogue.js';
import { Names } from '../switch/names.js';
import { Receipts } from '../switch/receipts.js';
import { recoverAtStart } from '../switch/recovery.js';
import { startSweeps } from '../switch/sweeps.js';
import { type Readiness, startAdmin } from './admin.js';
import { type CatalogueFollower, followCatalogue } from './catalogue/follow.js';
import { catalogueAtStart } from './catalogue/start.js';
import type { Config } from './config.js';
import { startCutovers } from './cutovers.js';
import { begun, type Endings, end } from './endings.js';
import { openEndpoint } from './endpoint.js';
import { Metrics } from './metrics.js';
import { observeNetwork, openNetwork } from './network/network.js';
import { storeAnswers } from './readiness.js';
import { recordedLinks, supplierRecording } from './recording/links.js';
import { Recorder, RING_BYTES } from './recording/recorder.js';
import { refuseHubsFolder } from './roles.js';
import { logTrailHead } from './trailHead.js';

const DRAIN_MS = 10_000;
/** How long a start waits for suppliers that are not ready yet, and how often it looks. */
const SUPPLIERS_READY_MS = 2_000;
const SUPPLIERS_POLL_MS = 20;
/** See EndpointDeps. */
const LINK_LOG_LINES_PER_SECOND_MAX = 20;

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The store is chosen outside; it reports a break through `onBroken`. */
  readonly openStore: (onBroken: (error: unknown) => void) => Promise<Store>;
  /** Other processes may open the same store. */
  readonly isShared?: boolean;
  /** Asked once the store is open. */
  readonly openKeys: (store: Store) => Promise<Keyring>;
  /** The store cannot say what stands: the process must end, and recover from the journal. */
  readonly onBroken: (error: unknown) => void;
  /** Runs when store and vault are open, before any link is. */
  readonly beforeLinks?: (store: Store, vault: Vault) => Promise<void>;
}

export interface RunningSwitch {
  readonly store: Store;
  /** Ports by link name, and `admin`. */
  readonly ports: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

interface Endpoint {
  drain(ms: number): Promise<void>;
}

/** Rejects where anything cannot be had (a port, the database, the keys); nothing is then left running. */
export function startSwitch(config: Config, environment: Environment): Promise<RunningSwitch> {
  return begun((endings) => begin(config, environment, endings));
}

async function begin(config: Config, environment: Environment, endings: Endings): Promise<RunningSwitch> {
  const metrics = new Metrics();
  let readiness: Readiness = 'not ready';
  let mayServe = async (): Promise<boolean> => false;
  // First: it tells that the switch is not ready, also while a database is waited for.
  const admin = await startAdmin(config.admin, metrics, async () =>
    readiness === 'ready' && !(await mayServe()) ? 'not ready' : readiness,
  );
  endings.push(() => admin.close());
  const store = await environment.openStore(environment.onBroken);
  endings.push(() => store.shutdown());
  await refuseHubsFolder(store);
  const recorder = openRecorder(config, environment, metrics);
  if (recorder) endings.push(() => recorder.end());
  const { context, maySell } = await openContext(
    config,
    { ...environment, recorder },
    store,
    metrics,
    endings,
  );
  endings.push(startSweeps(context));
  endings.push(logTrailHead(store, environment.clock, environment.log));
  const { cutoverAt } = config.endOfDay;
  if (cutoverAt !== undefined) endings.push(startCutovers(context, cutoverAt));
  observe(metrics, context);
  mayServe = async () => maySell() && (await storeAnswers(store, environment.clock));
  const ports = new Map([['admin', admin.port]]);
  const endpoints: Endpoint[] = [];
  const drainMs = config.times.drainMs ?? DRAIN_MS;
  endings.push(() => Promise.all(endpoints.map((endpoint) => endpoint.drain(drainMs))));
  const wiring = { journey: new Journey(context), metrics, onBroken: environment.onBroken };
  const linkDeps = {
    ...wiring,
    context,
    utcOffsetMinutes: config.utcOffsetMinutes,
    recorder,
    logLinesPerSecondMax: config.limits.linkLogLinesPerSecondMax ?? LINK_LOG_LINES_PER_SECOND_MAX,
  };
  for (const link of config.links) {
    const opened = await openEndpoint(link, linkDeps);
    endpoints.push(opened);
    if ('address' in opened) ports.set(link.name, opened.address.port);
  }
  if (config.api) {
    // Its framework is most of a start's loading: a switch without a web API does without.
    const { startApi } = await import('./api/server.js');
    const api = await startApi(config.api, { ...wiring, log: environment.log, version: programVersion() });
    endings.push(() => api.close());
    ports.set('api', api.port);
  }
  readiness = 'ready';
  return {
    store,
    ports,
    async stop() {
      readiness = 'draining';
      const { drainDelayMs = 0 } = config.times;
      if (drainDelayMs > 0) {
        environment.log.info({ drainDelayMs }, 'draining: no longer ready, and serving until then');
        await new Promise<void>((resolve) => environment.clock.after(drainDelayMs, resolve));
      }
      await end(endings);
    },
  };
}

function openRecorder(
  config: Config,
  { clock, log }: Environment,
  { counters }: Metrics,
): Recorder | undefined {
  const links = recordedLinks(config);
  if (links.length === 0) return undefined;
  const ringBytes = config.limits.recordingQueueBytesMax ?? RING_BYTES;
  return new Recorder(links, { clock, log, counters, ringBytes });
}

interface Opened {
  readonly context: SwitchContext;
  /** False once the hub of its network has told it to stop. */
  readonly maySell: () => boolean;
}

/** Vault, suppliers, forwarding; what the last process left is recovered before anybody is asked anything new. */
async function openContext(
  config: Config,
  environment: Environment & { recorder: Recorder | undefined },
  store: Store,
  metrics: Metrics,
  endings: Endings,
): Promise<Opened> {
  const { clock, random, log, openKeys, isShared = false, beforeLinks, recorder } = environment;
  const vault = await openVault(store, await openKeys(store), random);
  await beforeLinks?.(store, vault);
  let follower: CatalogueFollower | undefined;
  const member = { store, vault, clock, random, log };
  const network = await openNetwork({
    ...member,
    options: config.network,
    catalogueStored: () => follower?.wake(),
  });
  if (network) {
    endings.push(() => network.client.stop());
    observeNetwork(metrics, network.client, member);
  }
  const deps = { clock, random, log, counters: metrics.counters };
  const suppliers = await Promise.all(
    config.suppliers.map((spec) =>
      createSupplier(spec, { ...deps, tap: recorder?.tap(supplierRecording(spec.name)) }),
    ),
  );
  endings.push(() => Promise.all(suppliers.map((supplier) => supplier.stop())));
  const receipts = await Receipts.open(store);
  const { catalogue: document } = config;
  const names = config.suppliers.map(({ name }) => name);
  const catalogue = await catalogueAtStart({
    store,
    clock,
    log,
    document,
    suppliers: names,
    hasHubCatalogue: network?.hasCatalogue ?? false,
  });
  const live = await LiveCatalogue.open(catalogue, receipts);
  let forwarder: Forwarder | undefined;
  const context: SwitchContext = {
    isShared,
    store,
    vault,
    suppliers: new Map(suppliers.map((supplier) => [supplier.name, supplier])),
    get catalogue() {
      return live.current;
    },
    receipts,
    network: network?.client,
    calendar: new Calendar(clock, config.utcOffsetMinutes),
    clock,
    random,
    names: new Names(clock, random),
    atSuppliers: new Map(),
    forwardingDue: () => forwarder?.wake(),
    cutoverAcquirers: config.endOfDay.acquirers,
    log,
    times: { ...SWITCH_TIMES, ...defined(config.times) },
    limits: { ...SWITCH_LIMITS, ...defined(config.limits) },
  };
  forwarder = new Forwarder(context);
  endings.push(() => forwarder?.stop());
  await recoverAtStart(context);
  await Promise.all(suppliers.map((supplier) => supplier.start()));
  await untilReady(suppliers, clock);
  forwarder.wake();
  const following = followCatalogue({ store, live, clock, log });
  follower = following;
  endings.push(() => following.stop());
  return { context, maySell: () => !network?.client.stopped };
}

/** Suppliers get a moment to sign on; one that is down does not hold up the start. */
async function untilReady(suppliers: readonly Supplier[], clock: Clock): Promise<void> {
  const end = clock.now() + SUPPLIERS_READY_MS;
  while (clock.now() < end && !suppliers.every((supplier) => supplier.ready())) {
    await new Promise<void>((resolve) => clock.after(SUPPLIERS_POLL_MS, resolve));
  }
}

function observe(metrics: Metrics, context: SwitchContext): void {
  metrics.gauge('prepaid_switch_forwardings', 'Reversals and inquiries due at suppliers', () =>
    context.store.forwardingCount(),
  );
  metrics.gauges('prepaid_switch_stock', 'PINs for sale here', 'product', async () => {
    const levels = await context.store.levels();
    return levels.flatMap(({ product, custody, count }) =>
      custody === 'stock' ? [[product, count] as const] : [],
    );
  });
  metrics.gauge(
    'prepaid_switch_at_suppliers',
    'Transactions at suppliers now',
    () => context.atSuppliers.size,
  );
  metrics.gauge(
    'prepaid_switch_catalogue_revision',
    'The revision of the catalogue that counts',
    () => context.catalogue.revision,
  );
}

function defined<T extends object>(values: T): { [K in keyof T]-?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]-?: Exclude<T[K], undefined>;
  };
}
