/** What came of the phases: the good terminal's latencies, abusive phases beside the quiet ones around them, as a table. */
import { table } from '../../../src/cli/fields.js';
import { Histogram } from '../../../src/tools/load/histogram.js';
import type { Phase } from './phases.js';
import { expectedOf, KINDS, type Plan, told } from './plan.js';

export interface Row {
  readonly name: string;
  readonly sales: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** p99 beside that of both quiet phases around it; undefined for a quiet phase. */
  readonly ratio: number | undefined;
  readonly memoryMiB: number;
  readonly done: string;
  readonly met: string;
}

function quantile(latencies: readonly number[], share: number): number {
  const histogram = new Histogram();
  for (const one of latencies) histogram.add(one);
  return histogram.quantile(share) ?? Number.NaN;
}

export function rowsOf(phases: readonly Phase[], plan: Plan): readonly Row[] {
  return phases.map((phase, at) => {
    const around = [...(phases[at - 1]?.latencies ?? []), ...(phases[at + 1]?.latencies ?? [])];
    const p99 = quantile(phase.latencies, 0.99);
    return {
      name: nameOf(phase),
      sales: phase.latencies.length,
      p50: quantile(phase.latencies, 0.5),
      p99,
      ratio: phase.kinds.length === 0 ? undefined : p99 / quantile(around, 0.99),
      memoryMiB: phase.memoryMiB,
      done: doneIn(phase),
      met: metIn(phase, plan),
    };
  });
}

export function nameOf({ kinds }: Phase): string {
  if (kinds.length === 0) return 'quiet';
  return kinds.length === KINDS.length ? 'all at once' : kinds.join();
}

function doneIn({ tallies, ms }: Phase): string {
  const all = Object.values(tallies);
  if (all.length === 0) return '';
  const packets = all.reduce((sum, one) => sum + one.packets, 0);
  const connections = all.reduce((sum, one) => sum + one.connections, 0);
  return `${connections} connections, ${Math.round((packets * 1_000) / ms)} packets/s`;
}

function metIn({ kinds, rose }: Phase, plan: Plan): string {
  const events = new Set(kinds.flatMap((kind) => Object.keys(expectedOf(kind, plan))));
  return [...events].map((event) => `${event} +${rose.get(event) ?? 0}`).join(', ');
}

const HEAD = ['phase', 'sales', 'p50 ms', 'p99 ms', 'x quiet', 'MiB', 'done', 'met'];

export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    String(row.sales),
    row.p50.toFixed(2),
    row.p99.toFixed(2),
    row.ratio?.toFixed(2) ?? '',
    String(row.memoryMiB),
    row.done,
    row.met,
  ]);
  return table([HEAD, ...cells], 0);
}

/** What each kind of abuse is, with its rates. */
export function planText(plan: Plan): string {
  return KINDS.map((kind) => `${kind.padEnd(14)}${told(kind, plan)}`).join('\n');
}
