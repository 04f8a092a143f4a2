/** The phases of the campaign: abuse of each kind alone and of all at once, and quiet before and after each. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tallies } from './abuser.js';
import type { Gang } from './gang.js';
import type { GoodTerminal } from './goodTerminal.js';
import type { Counts, Observed } from './observed.js';
import { expectedOf, KINDS, type Kind, type Plan } from './plan.js';

/** What the abuse was not yet met after `seconds`, it gets so much longer to be met. */
export const MET_MS_MAX = 10_000;
const LOOK_MS = 50;

export interface Phase {
  /** None: quiet. */
  readonly kinds: readonly Kind[];
  readonly ms: number;
  /** Of the good terminal, milliseconds. */
  readonly latencies: readonly number[];
  readonly memoryMiB: number;
  readonly tallies: Tallies;
  /** By how much the switch's counters rose. */
  readonly rose: Counts;
  /** Counters that did not rise as the abuse has to make them. */
  readonly unmet: readonly string[];
}

export interface Scene {
  readonly plan: Plan;
  readonly seconds: number;
  readonly gang: Gang;
  readonly terminal: GoodTerminal;
  readonly observed: Observed;
}

/** To the end, or to the first abuse that was not met. */
export async function playPhases(scene: Scene, onPhase: (phase: Phase) => void): Promise<readonly Phase[]> {
  const order: (readonly Kind[])[] = [
    [],
    ...[...KINDS.map((kind) => [kind]), KINDS].flatMap((one) => [one, []]),
  ];
  // Not measured: the switch has compiled nothing yet.
  await quiet(scene);
  const phases: Phase[] = [];
  for (const kinds of order) {
    const phase = kinds.length === 0 ? await quiet(scene) : await abuse(scene, kinds);
    phases.push(phase);
    onPhase(phase);
    if (phase.unmet.length > 0) break;
  }
  return phases;
}

type Measured = Pick<Phase, 'ms' | 'latencies' | 'memoryMiB'>;

/** What the good terminal and the switch's memory were while `act` went on. */
async function measured<T>(
  { terminal, observed }: Scene,
  act: () => Promise<T>,
): Promise<readonly [Measured, T]> {
  const begun = performance.now();
  terminal.takeLatencies();
  observed.takeMemory();
  const done = await act();
  const ms = performance.now() - begun;
  return [{ ms, latencies: terminal.takeLatencies(), memoryMiB: observed.takeMemory() }, done];
}

async function quiet(scene: Scene): Promise<Phase> {
  const [seen] = await measured(scene, () => sleep(scene.seconds * 1_000));
  return { ...seen, kinds: [], tallies: {}, rose: new Map(), unmet: [] };
}

/** Over when the last of the abusers' connections is closed: that, too, is abuse. */
async function abuse(scene: Scene, kinds: readonly Kind[]): Promise<Phase> {
  const { plan, seconds, gang, observed } = scene;
  const before = await observed.counts();
  const [seen, tallies] = await measured(scene, async () => {
    gang.begin(kinds, plan);
    await sleep(seconds * 1_000);
    await untilMet(scene, kinds, before);
    return gang.end();
  });
  const rose = riseOf(before, await observed.counts());
  return { ...seen, kinds, tallies, rose, unmet: unmetOf(kinds, plan, rose) };
}

async function untilMet({ plan, observed }: Scene, kinds: readonly Kind[], before: Counts): Promise<void> {
  const end = performance.now() + MET_MS_MAX;
  while (performance.now() < end) {
    if (unmetOf(kinds, plan, riseOf(before, await observed.counts())).length === 0) return;
    await sleep(LOOK_MS);
  }
}

function riseOf(before: Counts, after: Counts): Counts {
  return new Map([...after].map(([event, count]) => [event, count - (before.get(event) ?? 0)]));
}

function unmetOf(kinds: readonly Kind[], plan: Plan, rose: Counts): string[] {
  return kinds.flatMap((kind) =>
    Object.entries(expectedOf(kind, plan)).flatMap(([event, least]) => {
      const by = rose.get(event) ?? 0;
      return by >= least ? [] : [`${kind}: ${event} rose by ${by}, not by ${least}`];
    }),
  );
}
