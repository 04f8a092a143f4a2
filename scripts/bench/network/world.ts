/**
 * The simulated network's demand. Switches and products are uneven (Zipf-like), every pair has a taste of its own; the
 * hours of the day and the days of the week differ from switch to switch; days are better or worse than they should be;
 * and there are bursts, on one product at one switch for an hour or three. The policy sees none of this, only hours that are over.
 */
import type { DemandHour } from '../../../src/hub/policy/policy.js';
import { Chance } from './chance.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Monday, 00:00. */
export const START = Date.UTC(2026, 8, 28);

export interface WorldSize {
  readonly switches: number;
  readonly products: number;
  /** Of the whole network, on the average. */
  readonly salesPerDay: number;
  /** Before START, as counts by the hour. */
  readonly historyDays: number;
  /** From START on, as single demands. */
  readonly days: number;
}

export const ISSUE_SIZE: WorldSize = {
  switches: 50,
  products: 20,
  salesPerDay: 50_000,
  historyDays: 28,
  days: 14,
};

const BURSTS_PER_SWITCH_AND_DAY = 0.5;

/** Single demands, by time. Switch and product are indexes. */
export interface Demands {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly at: Float64Array;
  readonly switchAt: Uint8Array;
  readonly productAt: Uint8Array;
}

export interface World {
  readonly size: WorldSize;
  readonly history: readonly DemandHour[];
  readonly demands: Demands;
}

/** Switches are numbered from 1 for the policy. */
export const switchId = (index: number): number => index + 1;
export const productName = (index: number): string => `P${String(index + 1).padStart(2, '0')}`;

export function byProductOf<Row extends { readonly product: string }>(
  rows: readonly Row[],
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.product);
    if (group) group.push(row);
    else groups.set(row.product, [row]);
  }
  return groups;
}

export function makeWorld(seed: number, size: WorldSize): World {
  const chance = new Chance(seed);
  const rates = cellRates(chance, size);
  const shapes = Array.from({ length: size.switches }, () => weekShape(chance));
  const leanings = Array.from({ length: size.products }, () => chance.between(-0.3, 0.3));
  const first = START - size.historyDays * DAY;
  const hours = (size.historyDays + size.days) * 24;
  const counts = new Uint16Array(hours * size.switches * size.products);
  for (let day = 0; day < hours / 24; day++) {
    const ofSwitch = shapes.map(() => chance.around1(0.15));
    const ofProduct = leanings.map(() => chance.around1(0.1));
    for (let hour = day * 24; hour < day * 24 + 24; hour++) {
      for (let s = 0; s < size.switches; s++) {
        for (let p = 0; p < size.products; p++) {
          const shape = shapes[s]?.(hour % 168, leanings[p] ?? 0) ?? 1;
          const mean = ((rates[s]?.[p] ?? 0) / 24) * shape * (ofSwitch[s] ?? 1) * (ofProduct[p] ?? 1);
          counts[(hour * size.switches + s) * size.products + p] = chance.poisson(mean);
        }
      }
    }
  }
  const extra = bursts(chance, size, rates, first, hours);
  return { size, ...laidOut(chance, size, counts, extra, first) };
}

/** A day's sales by switch and product. */
function cellRates(chance: Chance, size: WorldSize): number[][] {
  const weights = Array.from({ length: size.switches }, (_, s) =>
    Array.from({ length: size.products }, (_, p) => (s + 1) ** -0.7 * (p + 1) ** -0.9 * chance.around1(0.5)),
  );
  const total = weights.flat().reduce((sum, one) => sum + one, 0);
  return weights.map((row) => row.map((one) => (one * size.salesPerDay) / total));
}

/** Mean 1 over the week: an evening or a midday peak, quiet nights, weekends better or worse. */
function weekShape(chance: Chance): (hourOfWeek: number, leaning: number) => number {
  const peak = chance.next() < 0.6 ? chance.between(17, 20) : chance.between(11, 14);
  const night = chance.between(0.05, 0.2);
  const days = Array.from({ length: 7 }, (_, day) => (day < 5 ? 1 : chance.between(0.6, 1.7)));
  const raw = Array.from({ length: 168 }, (_, how) => {
    const away = Math.abs((((how % 24) - peak + 36) % 24) - 12);
    return (night + Math.exp(-((away / 4.5) ** 2))) * (days[Math.floor(how / 24)] ?? 1);
  });
  const mean = raw.reduce((sum, one) => sum + one, 0) / 168;
  return (how, leaning) =>
    ((raw[how] ?? 0) / mean) * (1 + leaning * Math.cos((2 * Math.PI * (how - 20)) / 24));
}

interface Extra {
  readonly at: number;
  readonly s: number;
  readonly p: number;
}

function bursts(chance: Chance, size: WorldSize, rates: number[][], first: number, hours: number): Extra[] {
  const extra: Extra[] = [];
  const count = chance.poisson((hours / 24) * size.switches * BURSTS_PER_SWITCH_AND_DAY);
  for (let i = 0; i < count; i++) {
    const [s, p] = [chance.pick(size.switches), chance.pick(size.products)];
    const from = first + chance.next() * hours * HOUR;
    const length = chance.between(0.5, 3) * HOUR;
    const more = chance.poisson(chance.between(4, 14) * ((rates[s]?.[p] ?? 0) / DAY) * length);
    for (let n = 0; n < more; n++) {
      const at = from + chance.next() * length;
      if (at < first + hours * HOUR) extra.push({ at, s, p });
    }
  }
  return extra;
}

function laidOut(
  chance: Chance,
  size: WorldSize,
  counts: Uint16Array,
  extra: readonly Extra[],
  first: number,
) {
  const history = new Map<number, number>();
  const single: Extra[] = extra.filter(({ at }) => at >= START);
  const cells = size.switches * size.products;
  const firstSingle = size.historyDays * 24 * cells;
  for (let i = 0; i < firstSingle; i++) if (counts[i]) history.set(i, counts[i] ?? 0);
  for (const { at, s, p } of extra) {
    if (at >= START) continue;
    const i = Math.floor((at - first) / HOUR) * cells + s * size.products + p;
    history.set(i, (history.get(i) ?? 0) + 1);
  }
  for (let i = firstSingle; i < counts.length; i++) {
    const from = first + Math.floor(i / cells) * HOUR;
    const [s, p] = [Math.floor((i % cells) / size.products), i % size.products];
    for (let n = counts[i] ?? 0; n > 0; n--) single.push({ at: from + chance.next() * HOUR, s, p });
  }
  single.sort((a, b) => a.at - b.at);
  return {
    history: [...history].map(([i, sold]) => ({
      switchId: switchId(Math.floor((i % cells) / size.products)),
      product: productName(i % size.products),
      hour: first + Math.floor(i / cells) * HOUR,
      sold,
      missed: 0,
    })),
    demands: {
      count: single.length,
      at: Float64Array.from(single, ({ at }) => at),
      switchAt: Uint8Array.from(single, ({ s }) => s),
      productAt: Uint8Array.from(single, ({ p }) => p),
    },
  };
}
