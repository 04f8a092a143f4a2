/**
 * One round over the PINs: what lies where, what is asked for, the plan, and its steps. Transfers to a switch are made as
 * far as its window lets them (PINs under way), without waiting for those before to arrive; recalls of a product are
 * made one at a time. At most `ALLOCATING_MAX` transfers wait for the store at once, so that what is asked for inside a
 * sale never stands behind a whole restocking.
 */
import { addDays, dateAt } from '../../base/dates.js';
import type { ExpiringStock, Holding, NetworkSwitch, PendingRecall } from '../../store/store.js';
import {
  Demand,
  type LevelLimit,
  planStock,
  type StockPlan,
  type StockRecall,
  type SwitchStock,
} from '../policy/policy.js';
import { WIRE_LIMITS } from '../wire/messages.js';
import { DesiredLevels } from './desired.js';
import type { KeeperDeps, KeeperSettings, NamedLimit } from './settings.js';

const ALLOCATING_MAX = 2;
const HOUR_MS = 3_600_000;
/** Demand is read anew when it has been seen for so much longer: a tenth of the time. */
const YOUNG_PARTS = 10;
const DAY_MS = 24 * HOUR_MS;
/** Out at a switch and for sale there, now or soon. */
const OUT: ReadonlySet<string> = new Set(['away', 'transit']);

interface Give {
  readonly switchId: number;
  readonly product: string;
  readonly count: number;
}

export class StockKeeper {
  readonly #deps: KeeperDeps;
  readonly #settings: KeeperSettings;
  readonly #desired: DesiredLevels;
  #demand: { readonly until: number; readonly of: Demand } | undefined;
  /** The last moment at which nothing had been sold anywhere. */
  #noneAt = 0;
  #expiringDueAt = 0;
  plan: StockPlan | undefined;

  constructor(deps: KeeperDeps, settings: KeeperSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#desired = new DesiredLevels(deps);
  }

  /** Says how long the plan took to make, milliseconds. */
  async round(served: readonly NetworkSwitch[]): Promise<number> {
    const { store, clock, utcOffsetMinutes } = this.#deps;
    const { policy } = this.#settings;
    const now = clock.now();
    const today = dateAt(now, utcOffsetMinutes);
    const demand = await this.#demandAt(now);
    const soon = addDays(today, Math.ceil(policy.expiringMs / DAY_MS));
    const recalls = Promise.all(served.filter(isRecalling).map(({ id }) => store.recalls(id)));
    const [holdings, expiring, pending] = await Promise.all([
      store.holdings(),
      this.#expiring(now, soon),
      recalls,
    ]);
    const recalling = pending.flat().filter(({ kind }) => kind === 'pins');
    const connected = this.#deps.connected();
    const input = {
      now,
      switches: served.map(({ id, seenAt }) => ({ id, seenAt, connected: connected.has(id) })),
      products: productsOf(holdings, policy.limits),
      central: centralOf(holdings),
      stock: outOf(holdings, served),
      expiring: knownOf(expiring, served),
      recalling: recalling.map(stockOf),
      demand,
      settings: { ...policy, limits: limitsOf(policy.limits, served) },
    };
    const begun = clock.now();
    const plan = planStock(input);
    const took = clock.now() - begun;
    this.plan = plan;
    await this.#give(plan.give, holdings, today);
    await this.#recall(plan.recall, recalling);
    await this.#desired.keep(plan.levels);
    return took;
  }

  /** Now and then alone: to count them is work, and what was read before may have been moved since. */
  async #expiring(now: number, before: string): Promise<readonly ExpiringStock[]> {
    if (now < this.#expiringDueAt) return [];
    this.#expiringDueAt = now + this.#settings.expiringEveryMs;
    return this.#deps.store.expiring(before);
  }

  async #demandAt(now: number): Promise<Demand> {
    const { demandSpanMs, demandEveryMs, everyMs } = this.#settings;
    if (this.#demand && now < this.#demand.until) return this.#demand.of;
    const from = now - demandSpanMs;
    const rows = await this.#deps.store.demand(from - (from % HOUR_MS));
    if (rows.length === 0) this.#noneAt = now;
    const first = rows.reduce((least, one) => Math.min(least, one.hour), now);
    const since = Math.max(first, this.#noneAt);
    const of = Demand.of(rows, since, now);
    // What is known of a young network grows by the minute.
    const pause = Math.min(Math.max((now - since) / YOUNG_PARTS, everyMs), demandEveryMs);
    this.#demand = { until: now + pause, of };
    return of;
  }

  async #give(gifts: readonly SwitchStock[], holdings: readonly Holding[], today: string): Promise<void> {
    const transfers = transfersOf(gifts, holdings, this.#settings.underWayMax);
    const carriers = Array.from({ length: ALLOCATING_MAX }, async () => {
      for (let one = transfers.shift(); one; one = transfers.shift()) await this.#transfer(one, today);
    });
    await Promise.all(carriers);
  }

  async #transfer(give: Give, notBefore: string): Promise<void> {
    const { store, clock, log, wake } = this.#deps;
    const result = await store.allocate({ ...give, notBefore, ask: '', at: clock.now() });
    if (result.kind === 'refused') log.warn({ ...give, why: result.why }, 'keeper: a transfer was refused');
    if (result.kind === 'transferred') wake.wake();
  }

  /** Not again while that switch has one of that product to carry out. */
  async #recall(recalls: readonly StockRecall[], pending: readonly PendingRecall[]): Promise<void> {
    const { store, clock, wake } = this.#deps;
    for (const { switchId, product, count, first } of recalls) {
      if (pending.some((one) => one.switchId === switchId && one.of === product)) continue;
      const order = { switchId, kind: 'pins', of: product, currency: '', count, first } as const;
      const number = await store.recallFrom({ ...order, at: clock.now() });
      if (number > 0) wake.wake();
    }
  }
}

/** Of switches that are served; the others' wait for them. */
function limitsOf(limits: readonly NamedLimit[], served: readonly NetworkSwitch[]): LevelLimit[] {
  const ids = new Map(served.map(({ id, name }) => [name, id]));
  return limits.flatMap(({ switch: name, ...limit }) => {
    if (name === undefined) return [limit];
    const switchId = ids.get(name);
    return switchId === undefined ? [] : [{ ...limit, switchId }];
  });
}

function isRecalling({ recall, recalled }: NetworkSwitch): boolean {
  return recall > recalled;
}

function stockOf({ switchId, of, count }: PendingRecall): SwitchStock {
  return { switchId, product: of, count };
}

/** Those that limits name too: what was never in stock is to be ordered for its floor. */
function productsOf(holdings: readonly Holding[], limits: readonly LevelLimit[]): string[] {
  const named = limits.flatMap(({ product }) => product ?? []);
  return [...new Set([...holdings.map(({ product }) => product), ...named])].sort();
}

function centralOf(holdings: readonly Holding[]): Map<string, number> {
  const here = holdings.filter(({ switchId, custody }) => switchId === 0 && custody === 'stock');
  return new Map(here.map(({ product, count }) => [product, count]));
}

/** Away and under way together, at those that are served. */
function outOf(holdings: readonly Holding[], served: readonly NetworkSwitch[]): SwitchStock[] {
  const ids = new Set(served.map(({ id }) => id));
  const out = new Map<string, SwitchStock>();
  for (const { switchId, product, custody, count } of holdings) {
    if (!ids.has(switchId) || !OUT.has(custody)) continue;
    const key = `${switchId} ${product}`;
    out.set(key, { switchId, product, count: count + (out.get(key)?.count ?? 0) });
  }
  return [...out.values()];
}

function knownOf(expiring: readonly ExpiringStock[], served: readonly NetworkSwitch[]): SwitchStock[] {
  const ids = new Set([0, ...served.map(({ id }) => id)]);
  return expiring.filter(({ switchId }) => ids.has(switchId));
}

/** In portions of one transfer each, switches in turn, and no more than each one's window has room for. */
export function transfersOf(
  gifts: readonly SwitchStock[],
  holdings: readonly Holding[],
  underWayMax: number,
): Give[] {
  const rooms = new Map<number, number>();
  for (const { switchId, custody, count } of holdings) {
    if (custody === 'transit') rooms.set(switchId, (rooms.get(switchId) ?? underWayMax) - count);
  }
  const turns: Give[][] = [];
  for (const { switchId, product, count } of gifts) {
    let left = Math.min(count, rooms.get(switchId) ?? underWayMax);
    rooms.set(switchId, (rooms.get(switchId) ?? underWayMax) - Math.max(left, 0));
    for (let turn = 0; left > 0; turn += 1) {
      const portion = Math.min(left, WIRE_LIMITS.transferPinsMax);
      turns[turn] = [...(turns[turn] ?? []), { switchId, product, count: portion }];
      left -= portion;
    }
  }
  return turns.flat();
}
