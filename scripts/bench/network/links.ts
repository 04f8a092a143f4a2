/** When each switch of the simulated network reaches the hub. */
import { Chance } from './chance.js';

/** Of each switch, the times at which its link goes down and comes up again, in turns; it is up at first. */
export type Links = readonly (readonly number[])[];

export const alwaysUp = (switches: number): Links => Array.from({ length: switches }, () => []);

/** Up and down for exponential times of these means. */
export function unsteady(
  seed: number,
  switches: number,
  { from, until, upMs, downMs }: { from: number; until: number; upMs: number; downMs: number },
): Links {
  const chance = new Chance(seed);
  return Array.from({ length: switches }, () => {
    const turns: number[] = [];
    for (let at = from, up = true; at < until; up = !up) {
      at += chance.exponential(up ? upMs : downMs);
      turns.push(at);
    }
    return turns;
  });
}

/** The hub is away for all of them at once. */
export const hubAway = (switches: number, times: readonly number[], lengthMs: number): Links =>
  Array.from({ length: switches }, () => times.flatMap((from) => [from, from + lengthMs]));

/** Follows one switch's link; asked with times that never go back. */
export class LinkFollower {
  readonly #turns: readonly number[];
  #next = 0;

  constructor(turns: readonly number[]) {
    this.#turns = turns;
  }

  isUp(at: number): boolean {
    while ((this.#turns[this.#next] ?? Number.POSITIVE_INFINITY) <= at) this.#next += 1;
    return this.#next % 2 === 0;
  }

  /** The last instant at or before `at` at which the hub could be reached. */
  lastContact(at: number): number {
    return this.isUp(at) ? at : (this.#turns[this.#next - 1] ?? at);
  }
}
