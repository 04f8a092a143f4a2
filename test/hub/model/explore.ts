/** Every world that can be reached, nearest first; or long random walks through what is too large for that. */
import { faultOf } from './invariants.js';
import { keyOf, newWorld, type Rules, type Step, steps, type World } from './world.js';

export interface Explored {
  readonly states: number;
  /** Steps taken: more than states, since many lead to one that is known. */
  readonly steps: number;
  /** What is wrong, and the shortest way there; undefined where nothing is. */
  readonly fault: { readonly what: string; readonly way: readonly string[] } | undefined;
}

interface Found {
  readonly world: World;
  readonly from: Found | undefined;
  readonly what: string;
}

function wayTo(found: Found): string[] {
  const way: string[] = [];
  for (let at: Found | undefined = found; at?.from; at = at.from) way.unshift(at.what);
  return way;
}

/** Breadth first; throws where there are more than `statesMax`. */
export function explore(rules: Rules, statesMax: number): Explored {
  const first: Found = { world: newWorld(rules), from: undefined, what: '' };
  const known = new Set([keyOf(first.world)]);
  let frontier: Found[] = [first];
  let taken = 0;
  const right = new Set<string>();
  while (frontier.length > 0) {
    const next: Found[] = [];
    for (const from of frontier) {
      for (const { what, world } of steps(from.world, rules)) {
        taken += 1;
        const key = keyOf(world);
        if (known.has(key)) continue;
        known.add(key);
        if (known.size > statesMax) throw new Error(`more than ${statesMax} states`);
        const found: Found = { world, from, what };
        const fault = faultOf(world, right);
        if (fault) return { states: known.size, steps: taken, fault: { what: fault, way: wayTo(found) } };
        next.push(found);
      }
    }
    frontier = next;
  }
  return { states: known.size, steps: taken, fault: undefined };
}

/** One random history of at most `length` steps. `random`: 0 up to below 1. */
export function walk(rules: Rules, length: number, random: () => number): Explored {
  let world = newWorld(rules);
  const way: string[] = [];
  const right = new Set<string>();
  while (way.length < length) {
    const possible: Step[] = [...steps(world, rules)];
    const step = possible[Math.floor(random() * possible.length)];
    if (!step) break;
    world = step.world;
    way.push(step.what);
    const what = faultOf(world, right);
    if (what) return { states: way.length, steps: way.length, fault: { what, way } };
  }
  return { states: way.length, steps: way.length, fault: undefined };
}
