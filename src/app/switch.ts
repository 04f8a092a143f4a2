/**
 * The running switch: wires configuration, store, vault, suppliers, journey and links, and takes them down again
 * in order. Start: store, keys, recovery of what the last process left, suppliers, links; only then ready. Stop:
 * links drain (no new frames, answers under way go out), then forwarding, suppliers, store.
 */
import type { Clock } from '../base/clock.js';
import { safeText } from '../base/errors.js';
import { LineLimit } from '../base/lineLimit.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import { createConduit, measureBy } from '../conduit/conduit.js';
import { loadProfile, type Profile } from '../conduit/profile.js';
import { Catalogue } from '../domain/catalogue.js';
import { type Codec, loadFormat } from '../iso8583/index.js';
import type { Keyring } from '../stock/keyring.js';
import { openVault, type Vault } from '../stock/vault.js';
import type { Store } from '../store/store.js';
import { createSupplier, type Supplier } from '../supply/index.js';
import { Calendar } from '../switch/calendar.js';
import { SWITCH_LIMITS, SWITCH_TIMES, type SwitchContext } from '../switch/context.js';
import { Forwarder } from '../switch/forwarding.js';
import { Journey } from '../switch/journey.js';
import { Names } from '../switch/names.js';
import { Receipts } from '../switch/receipts.js';
import { recoverAtStart, recoverOverdue } from '../switch/recovery.js';
import { connect, listen } from '../transport/index.js';
import { startAdmin } from './admin.js';
import type { Config } from './config.js';
import { linkHandlers } from './links.js';
import { Metrics } from './metrics.js';

/** How often overdue transactions and expired PINs are looked for. */
const SWEEP_MS = 5_000;
const EXPIRY_SWEEP_MS = 600_000;
const DRAIN_MS = 10_000;
/** Lines that one link may log in a second; the rest are counted. */
const LINK_LOG_LINES_PER_SECOND_MAX = 20;
/** How long a start waits for suppliers that are not ready yet, and how often it looks. */
const SUPPLIERS_READY_MS = 2_000;
const SUPPLIERS_POLL_MS = 20;

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The store is chosen outside; it reports a break through `onBroken`. */
  readonly openStore: (onBroken: (error: unknown) => void) => Promise<Store>;
  readonly keyring: Keyring;
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

/** A link with what its configuration names, loaded. */
interface LoadedLink {
  readonly link: Config['links'][number];
  readonly codec: Codec;
  readonly profile: Profile;
}

interface Endpoint {
  drain(ms: number): Promise<void>;
}

export async function startSwitch(config: Config, environment: Environment): Promise<RunningSwitch> {
  const { clock } = environment;
  const metrics = new Metrics();
  const links = config.links.map(loadLink);
  const store = await environment.openStore(environment.onBroken);
  const { context, forwarder } = await openContext(config, environment, store, metrics);
  await recoverAtStart(context);
  const suppliers = [...context.suppliers.values()];
  await Promise.all(suppliers.map((supplier) => supplier.start()));
  await untilReady(suppliers, clock);
  forwarder.wake();
  const stopSweeps = startSweeps(context);
  observe(metrics, context);
  let ready = false;
  const admin = await startAdmin(config.admin, metrics, () => ready);
  const ports = new Map([['admin', admin.port]]);
  const endpoints: Endpoint[] = [];
  const journey = new Journey(context);
  for (const link of links) {
    // A peer that floods fills neither the log nor its neighbours' lines.
    const log = new LineLimit(
      environment.log,
      clock,
      config.limits.linkLogLinesPerSecondMax ?? LINK_LOG_LINES_PER_SECOND_MAX,
    );
    endpoints.push(await openLink(link, journey, { ...environment, log }, metrics, ports));
  }
  ready = true;

  async function stop(): Promise<void> {
    ready = false;
    await Promise.all(endpoints.map((endpoint) => endpoint.drain(config.times.drainMs ?? DRAIN_MS)));
    stopSweeps();
    await forwarder.stop();
    await Promise.all(suppliers.map((supplier) => supplier.stop()));
    await admin.close();
    await store.shutdown();
  }

  return { store, ports, stop };
}

function loadLink(link: Config['links'][number]): LoadedLink {
  return { link, codec: loadFormat(link.format), profile: loadProfile(link.profile) };
}

async function openContext(
  config: Config,
  { clock, random, log, keyring, beforeLinks }: Environment,
  store: Store,
  metrics: Metrics,
): Promise<{ context: SwitchContext; forwarder: Forwarder }> {
  const vault = await openVault(store, keyring, random);
  await beforeLinks?.(store, vault);
  const deps = { clock, random, log, counters: metrics.counters };
  const suppliers = config.suppliers.map((spec) => [spec.name, createSupplier(spec, deps)] as const);
  let forwarder: Forwarder | undefined;
  const context: SwitchContext = {
    store,
    vault,
    suppliers: new Map(suppliers),
    catalogue: new Catalogue(config.products, config.merchants, config.terminals),
    receipts: await Receipts.open(store, config.products),
    calendar: new Calendar(clock, config.utcOffsetMinutes),
    clock,
    random,
    names: new Names(clock, random),
    atSuppliers: new Map(),
    forwardingDue: () => forwarder?.wake(),
    log,
    times: { ...SWITCH_TIMES, ...defined(config.times) },
    limits: { ...SWITCH_LIMITS, ...defined(config.limits) },
  };
  forwarder = new Forwarder(context);
  return { context, forwarder };
}

async function openLink(
  { link, codec, profile }: LoadedLink,
  journey: Journey,
  { clock, random, log, onBroken }: Environment,
  metrics: Metrics,
  ports: Map<string, number>,
): Promise<Endpoint> {
  const conduit = createConduit(profile, codec, link.acquirer);
  const handlers = linkHandlers({ name: link.name, conduit, journey, metrics, log, onBroken });
  const deps = { clock, random, log, counters: metrics.counters, measure: measureBy(codec) };
  if (link.mode === 'connect') return connect(link, handlers, deps);
  const listener = await listen(link, handlers, deps);
  ports.set(link.name, listener.address.port);
  return listener;
}

/** Suppliers get a moment to sign on; one that is down does not hold up the start. */
async function untilReady(suppliers: readonly Supplier[], clock: Clock): Promise<void> {
  const end = clock.now() + SUPPLIERS_READY_MS;
  while (clock.now() < end && !suppliers.every((supplier) => supplier.ready())) {
    await new Promise<void>((resolve) => clock.after(SUPPLIERS_POLL_MS, resolve));
  }
}

/** Looks after what time brings: transactions past their deadline, PINs past their expiry. */
function startSweeps(context: SwitchContext): () => void {
  const { clock, store, calendar, log } = context;
  let stopped = false;
  let cancelOverdue = (): void => {};
  let cancelExpiry = (): void => {};
  const report = (error: unknown): void => log.error({ error: safeText(error) }, 'sweep failed');
  const overdue = async (): Promise<void> => {
    await recoverOverdue(context).catch(report);
    if (!stopped) cancelOverdue = clock.after(SWEEP_MS, overdue);
  };
  const expiry = async (): Promise<void> => {
    await store.expire(calendar.today()).catch(report);
    if (!stopped) cancelExpiry = clock.after(EXPIRY_SWEEP_MS, expiry);
  };
  cancelOverdue = clock.after(SWEEP_MS, overdue);
  cancelExpiry = clock.after(SWEEP_MS, expiry);
  return () => {
    stopped = true;
    cancelOverdue();
    cancelExpiry();
  };
}

function observe(metrics: Metrics, context: SwitchContext): void {
  metrics.gauge('prepaid_switch_forwardings', 'Reversals and inquiries due at suppliers', () =>
    context.store.forwardingCount(),
  );
  metrics.gauge(
    'prepaid_switch_at_suppliers',
    'Transactions at suppliers now',
    () => context.atSuppliers.size,
  );
}

function defined<T extends object>(values: T): { [K in keyof T]-?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]-?: Exclude<T[K], undefined>;
  };
}
