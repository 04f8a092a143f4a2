/**
 * One run of the simulated network under one policy. Every few minutes the policy is asked, with what the hub knows
 * then: a silent switch's stock and sales as it told them last. What is given or recalled is there at once; a sale that
 * misses a PIN is lost, or, where it may ask, gets one PIN from the hub or from the richest switch that is up.
 */
import {
  Demand,
  type DemandHour,
  type PolicyInput,
  type PolicySettings,
  type StockLevel,
  type StockPlan,
} from '../../../src/hub/policy/policy.js';
import { LinkFollower, type Links } from './links.js';
import type { Delivery } from './supply.js';
import { DAY, type Demands, HOUR, productName, START, switchId, type World } from './world.js';

/** The hub learns what has been sold anew every so often. */
const LEARN = 6 * HOUR;
/** A recall's PINs come to the hub and are given on within the tick. */
const ROUNDS = 3;

export interface Scenario {
  readonly world: World;
  readonly links: Links;
  readonly mayAsk: boolean;
  /** Between two plans. */
  readonly tickMinutes: number;
  readonly settings: PolicySettings;
  /** How far back the policy remembers demand. */
  readonly memoryDays: number;
  readonly plan: (input: PolicyInput) => StockPlan;
  /** Deliveries are known before, or ordered hour by hour. */
  readonly supply: readonly Delivery[] | Orders;
}

export interface Orders {
  /** What there is at START. */
  first(demand: Demand): readonly Delivery[];
  hourly(
    at: number,
    onHand: readonly number[],
    levels: readonly StockLevel[],
    demand: Demand,
  ): readonly Delivery[];
}

export interface Outcome {
  /** Of every demand: sold from the switch's own stock, by asking, or not at all. */
  readonly how: Uint8Array;
  readonly deliveries: readonly Delivery[];
  /** When each allocation and recall was; an ask is one too, and one more where it recalls. */
  readonly transfers: readonly number[];
  /** PINs at switches and at the hub, at each tick. */
  readonly out: readonly number[];
  readonly central: readonly number[];
  /** Milliseconds that planning took, all together, and how often it was asked. */
  readonly planMs: number;
  readonly plans: number;
}

export const LOST = 0;
export const LOCAL = 1;
export const ASKED = 2;

export function run(scenario: Scenario): Outcome {
  const state = new Network(scenario);
  const { demands, size } = scenario.world;
  const tick = (scenario.tickMinutes * HOUR) / 60;
  let next = 0;
  for (let at = START; at < START + size.days * DAY; at += tick) {
    state.tick(at);
    for (; next < demands.count && (demands.at[next] ?? 0) < at + tick; next++) state.demand(next);
  }
  return state.outcome();
}

const PRODUCTS_MAX = 256;

class Network {
  readonly #scenario: Scenario;
  readonly #demands: Demands;
  readonly #switches: number;
  readonly #products: readonly string[];
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #links: readonly LinkFollower[];
  /** As it is, and as the hub knows it; switch by switch. */
  readonly #stock: Int32Array;
  readonly #told: Int32Array;
  readonly #seenAt: Float64Array;
  readonly #central: number[];
  readonly #rows: DemandHour[];
  /** Hours that are not told yet: by hour, switch and product. */
  #untold = new Map<number, { sold: number; missed: number }>();
  #demand: Demand;
  #levels: readonly StockLevel[] = [];
  readonly #deliveries: Delivery[];
  #arrived = 0;
  readonly #how: Uint8Array;
  readonly #transfers: number[] = [];
  readonly #out: number[] = [];
  readonly #centrals: number[] = [];
  #planMs = 0;
  #plans = 0;

  constructor(scenario: Scenario) {
    const { size, history, demands } = scenario.world;
    this.#scenario = scenario;
    this.#demands = demands;
    this.#switches = size.switches;
    this.#products = Array.from({ length: size.products }, (_, p) => productName(p));
    this.#indexOf = new Map(this.#products.map((name, p) => [name, p]));
    this.#links = scenario.links.map((turns) => new LinkFollower(turns));
    this.#stock = new Int32Array(size.switches * size.products);
    this.#told = new Int32Array(size.switches * size.products);
    this.#seenAt = new Float64Array(size.switches).fill(START);
    this.#central = this.#products.map(() => 0);
    this.#rows = [...history];
    this.#demand = this.#learnt(START);
    const { supply } = scenario;
    this.#deliveries = 'hourly' in supply ? [...supply.first(this.#demand)] : [...supply];
    this.#how = new Uint8Array(demands.count);
  }

  tick(at: number): void {
    this.#arrive(at);
    const up = this.#links.map((link) => link.isUp(at));
    this.#hear(at, up);
    if (at > START && (at - START) % LEARN === 0) this.#learn(at, up);
    for (let round = 0; round < ROUNDS; round++) if (this.#move(at, up) === 0) break;
    const { supply } = this.#scenario;
    if ('hourly' in supply && (at - START) % HOUR === 0) this.#order(at, supply);
    this.#out.push(this.#stock.reduce((sum, one) => sum + one, 0));
    this.#centrals.push(this.#central.reduce((sum, one) => sum + one, 0));
  }

  demand(index: number): void {
    const s = this.#demands.switchAt[index] ?? 0;
    const p = this.#demands.productAt[index] ?? 0;
    const at = this.#demands.at[index] ?? 0;
    const cell = s * this.#products.length + p;
    const left = this.#stock[cell] ?? 0;
    let how = LOST;
    if (left > 0) {
      this.#stock[cell] = left - 1;
      how = LOCAL;
    } else if (this.#scenario.mayAsk && this.#links[s]?.isUp(at)) {
      how = this.#ask(p, at) ? ASKED : LOST;
      if (how === ASKED) this.#transfers.push(at);
    }
    this.#how[index] = how;
    const hour = Math.floor((at - START) / HOUR);
    const key = (hour * this.#switches + s) * PRODUCTS_MAX + p;
    const row = this.#untold.get(key);
    const sold = how === LOST ? 0 : 1;
    if (row) {
      row.sold += sold;
      row.missed += 1 - sold;
    } else this.#untold.set(key, { sold, missed: 1 - sold });
  }

  outcome(): Outcome {
    return {
      how: this.#how,
      deliveries: this.#deliveries.slice(0, this.#arrived),
      transfers: this.#transfers,
      out: this.#out,
      central: this.#centrals,
      planMs: this.#planMs,
      plans: this.#plans,
    };
  }

  #arrive(at: number): void {
    for (
      let one = this.#deliveries[this.#arrived];
      one && one.at <= at;
      one = this.#deliveries[this.#arrived]
    ) {
      this.#central[one.product] = (this.#central[one.product] ?? 0) + one.count;
      this.#arrived += 1;
    }
  }

  /** Switches that are up tell all that they have. */
  #hear(at: number, up: readonly boolean[]): void {
    const products = this.#products.length;
    for (const [s, isUp] of up.entries()) {
      if (!isUp) continue;
      this.#seenAt[s] = at;
      for (let p = 0; p < products; p++) {
        this.#told[s * products + p] = this.#stock[s * products + p] ?? 0;
      }
    }
  }

  #learn(at: number, up: readonly boolean[]): void {
    const kept = new Map<number, { sold: number; missed: number }>();
    for (const [key, row] of this.#untold) {
      const p = key % PRODUCTS_MAX;
      const s = Math.floor(key / PRODUCTS_MAX) % this.#switches;
      const hour = START + Math.floor(key / PRODUCTS_MAX / this.#switches) * HOUR;
      if (!up[s]) kept.set(key, row);
      else this.#rows.push({ switchId: switchId(s), product: productName(p), hour, ...row });
    }
    this.#untold = kept;
    this.#demand = this.#learnt(at);
  }

  #learnt(at: number): Demand {
    const { memoryDays, world } = this.#scenario;
    const first = START - world.size.historyDays * DAY;
    return Demand.of(this.#rows, Math.max(first, at - memoryDays * DAY), at);
  }

  /** How many PINs were recalled. */
  #move(at: number, up: readonly boolean[]): number {
    const products = this.#products.length;
    const input: PolicyInput = {
      now: at,
      switches: up.map((connected, s) => ({ id: switchId(s), connected, seenAt: this.#seenAt[s] ?? 0 })),
      products: this.#products,
      central: new Map(this.#products.map((name, p) => [name, this.#central[p] ?? 0])),
      stock: Array.from(this.#told, (count, cell) => ({
        switchId: switchId(Math.floor(cell / products)),
        product: this.#products[cell % products] ?? '',
        count,
      })),
      expiring: [],
      recalling: [],
      demand: this.#demand,
      settings: this.#scenario.settings,
    };
    const before = performance.now();
    const plan = this.#scenario.plan(input);
    this.#planMs += performance.now() - before;
    this.#plans += 1;
    this.#levels = plan.levels;
    for (const one of plan.give) this.#shift(at, up, one.switchId, one.product, one.count);
    for (const one of plan.recall) this.#shift(at, up, one.switchId, one.product, -one.count);
    return plan.recall.reduce((sum, one) => sum + one.count, 0);
  }

  #shift(at: number, up: readonly boolean[], id: number, product: string, count: number): void {
    const p = this.#indexOf.get(product) ?? 0;
    const cell = (id - 1) * this.#products.length + p;
    const central = (this.#central[p] ?? 0) - count;
    const stock = (this.#stock[cell] ?? 0) + count;
    if (!up[id - 1] || count === 0 || central < 0 || stock < 0) {
      throw new Error(`the policy moves ${count} of ${product} at ${id}: not there`);
    }
    this.#central[p] = central;
    this.#stock[cell] = stock;
    this.#told[cell] = stock;
    this.#transfers.push(at);
  }

  /** The hub's own, else from the richest switch that is up. */
  #ask(p: number, at: number): boolean {
    if ((this.#central[p] ?? 0) > 0) {
      this.#central[p] = (this.#central[p] ?? 0) - 1;
      return true;
    }
    let richest = -1;
    for (let s = 0; s < this.#switches; s++) {
      const cell = s * this.#products.length + p;
      if ((this.#stock[cell] ?? 0) <= (richest < 0 ? 0 : (this.#stock[richest] ?? 0))) continue;
      if (this.#links[s]?.isUp(at)) richest = cell;
    }
    if (richest < 0) return false;
    this.#stock[richest] = (this.#stock[richest] ?? 0) - 1;
    // One more: the recall itself.
    this.#transfers.push(at);
    return true;
  }

  #order(at: number, orders: Orders): void {
    const products = this.#products.length;
    const onHand = this.#central.map((central, p) => {
      let sum = central;
      for (let s = 0; s < this.#switches; s++) sum += this.#told[s * products + p] ?? 0;
      return sum;
    });
    const more = orders.hourly(at, onHand, this.#levels, this.#demand);
    if (more.length === 0) return;
    this.#deliveries.push(...more);
    this.#deliveries.splice(
      this.#arrived,
      Number.POSITIVE_INFINITY,
      ...this.#deliveries.slice(this.#arrived).sort((a, b) => a.at - b.at),
    );
  }
}
