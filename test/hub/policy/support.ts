/** A small network for the policy's tests. */
import {
  DEFAULT_POLICY,
  Demand,
  type DemandHour,
  type PolicyInput,
  type PolicySettings,
  planStock,
  type StockPlan,
  type SwitchStock,
} from '../../../src/hub/policy/policy.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NOW = Date.UTC(2026, 10, 26, 12);
const HISTORY_HOURS = 14 * 24;

/** Sells as many an hour, all day, as long as anybody remembers. */
export const steady = (switchId: number, product: string, perHour: number): DemandHour[] =>
  Array.from({ length: HISTORY_HOURS }, (_, i) => ({
    switchId,
    product,
    hour: NOW - (i + 1) * HOUR,
    sold: perHour,
    missed: 0,
  }));

export const demandOf = (...rows: DemandHour[][]): Demand =>
  Demand.of(rows.flat(), NOW - HISTORY_HOURS * HOUR, NOW);

let last: { readonly key: string; readonly demand: Demand } | undefined;

/** Of product A. The last one is kept: it is asked for again and again. */
function steadyDemand(perHour: readonly number[]): Demand {
  const key = perHour.join();
  if (last?.key !== key)
    last = { key, demand: demandOf(...perHour.map((rate, i) => steady(i + 1, 'A', rate))) };
  return last.demand;
}

export interface Case {
  /** PINs of product A at each switch. */
  readonly held: readonly number[];
  readonly perHour: readonly number[];
  readonly central: number;
  readonly silent?: readonly number[];
  readonly expiring?: readonly SwitchStock[];
  readonly recalling?: readonly SwitchStock[];
  readonly settings?: Partial<PolicySettings>;
}

/** Switches are numbered from 1. */
export function inputOf(one: Case): PolicyInput {
  return {
    now: NOW,
    switches: one.held.map((_, i) => {
      const connected = !one.silent?.includes(i + 1);
      return { id: i + 1, connected, seenAt: connected ? NOW : NOW - HOUR };
    }),
    products: ['A'],
    central: new Map([['A', one.central]]),
    stock: one.held.map((count, i) => ({ switchId: i + 1, product: 'A', count })),
    expiring: one.expiring ?? [],
    recalling: one.recalling ?? [],
    demand: steadyDemand(one.perHour),
    settings: { ...DEFAULT_POLICY, ...one.settings },
  };
}

export const planOf = (one: Case): StockPlan => planStock(inputOf(one));

/** Stock at the hub and at switches after the plan was carried out. */
export function after(one: Case, { give, recall }: StockPlan): Case {
  const held = [...one.held];
  let { central } = one;
  for (const { switchId, count } of give) {
    held[switchId - 1] = (held[switchId - 1] ?? 0) + count;
    central -= count;
  }
  for (const { switchId, count } of recall) {
    held[switchId - 1] = (held[switchId - 1] ?? 0) - count;
    central += count;
  }
  return { ...one, held, central };
}
