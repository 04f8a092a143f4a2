/**
 * When customers come: a Poisson process whose rate follows the scenario's shape over the run. One seed is one sequence.
 */
import type { Chance } from '../../base/chance.js';
import type { Scenario } from './schema.js';

type Shape = Scenario['arrivals']['shape'];

/** Milliseconds from the start at which a customer comes, ascending, until the scenario's end. */
export function* arrivalTimes({ arrivals, seconds }: Scenario, chance: Chance): Generator<number> {
  const { perSecond, shape } = arrivals;
  const peak = Math.max(...shape.map(([, times]) => times));
  const meanMs = 1_000 / (perSecond * peak);
  const endMs = seconds * 1_000;
  for (let at = chance.exponential(meanMs); at < endMs; at += chance.exponential(meanMs)) {
    // Thinned from the highest rate to the one of that moment.
    if (chance.next() * peak < timesAt(shape, at / endMs)) yield at;
  }
}

/** The shape at a share of the run: straight between its points, level before the first and behind the last. */
export function timesAt(shape: Shape, at: number): number {
  const next = shape.findIndex(([from]) => from > at);
  if (next === 0) return shape[0]?.[1] ?? 0;
  const [fromAt, from] = shape.at(next < 0 ? -1 : next - 1) ?? [0, 0];
  const [toAt, to] = shape[next] ?? [1, from];
  return next < 0 ? from : from + ((to - from) * (at - fromAt)) / (toAt - fromAt);
}
