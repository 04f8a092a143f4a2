/**
 * The custody protocol, explored whole as far as a budget of steps goes, and at random beyond it: P13. Each wrong
 * protocol of a list is caught, so that the exploration is known to look. MODEL=long explores more.
 */
import t from 'tap';
import { explore, walk } from './explore.js';
import { MUTANTS } from './protocol.js';
import type { Budget, Rules } from './world.js';

const LONG = process.env.MODEL === 'long';
const STATES_MAX = LONG ? 2_000_000 : 120_000;
const WALKS = LONG ? 20_000 : 90;
const WALK_STEPS = 60;

const SMALL: Budget = {
  ...{ allocations: 2, transferPins: 1, recalls: 1, contacts: 1, sales: 1, reversals: 0 },
  ...{ copies: 0, hubCopies: 0 },
};

const EXPLORED: readonly (Rules & { readonly name: string })[] = [
  {
    name: 'two switches, three PINs, a recall',
    ...{ pins: 3, switches: 2, budget: { ...SMALL, sales: LONG ? 1 : 0 } },
  },
  {
    name: 'two switches, three PINs, two contacts each',
    ...{ pins: 3, switches: 2, budget: { ...SMALL, contacts: 2, recalls: 0 } },
  },
  {
    name: 'one switch, a sale that is reversed',
    ...{ pins: 2, switches: 1, budget: { ...SMALL, contacts: 2, recalls: 0, reversals: 1 } },
  },
  {
    name: 'one switch, put back from an older copy or run twice',
    ...{ pins: 1, switches: 1, budget: { ...SMALL, allocations: 1, contacts: 2, copies: 1 } },
  },
  {
    name: 'two switches, a hub put back from an older copy',
    ...{ pins: 2, switches: 2, budget: { ...SMALL, recalls: 0, hubCopies: 1 } },
  },
  ...(LONG
    ? [
        {
          name: 'two PINs a transfer',
          pins: 3,
          switches: 2,
          budget: { ...SMALL, transferPins: 2, contacts: 2 },
        },
        { name: 'copies of two PINs', pins: 2, switches: 1, budget: { ...SMALL, contacts: 2, copies: 1 } },
      ]
    : []),
];

for (const { name, ...rules } of EXPLORED) {
  t.test(`P13: ${name}: whatever is lost, repeated or late, each PIN is for sale in one place`, async (t) => {
    const { states, steps, fault } = explore(rules, STATES_MAX);
    t.equal(fault, undefined);
    t.comment(`${states} states, ${steps} steps`);
  });
}

t.test('P13: nor does a long random history break anything', async (t) => {
  const seed = Date.now() % 1_000_000;
  let state = seed;
  // Numerical Recipes' generator: a seed is one sequence.
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const budget: Budget = {
    ...{ allocations: 12, transferPins: 2, recalls: 6, contacts: 12, sales: 6, reversals: 3 },
    ...{ copies: 1, hubCopies: 0 },
  };
  let steps = 0;
  for (let n = 0; n < WALKS; n++) {
    const kind = n % 3 === 0 ? { copies: 0, hubCopies: 1 } : { copies: n % 3 === 1 ? 1 : 0 };
    const walked = walk({ pins: 6, switches: 3, budget: { ...budget, ...kind } }, WALK_STEPS, random);
    steps += walked.steps;
    if (walked.fault) t.strictSame(walked.fault, undefined, `seed ${seed}, history ${n}`);
  }
  t.comment(`${WALKS} histories, ${steps} steps, seed ${seed}`);
});

const HUB_COPY = { contacts: 1, recalls: 0, hubCopies: 1 };

/** Where each wrong protocol shows: a world no larger than it needs. */
const SHOWN: Partial<Record<(typeof MUTANTS)[number], Partial<Rules> & { readonly with?: Partial<Budget> }>> =
  {
    'no chain of contacts': { with: { copies: 1 } },
    'the hub takes back by timeout': { pins: 2, switches: 2 },
    'a copy sells before it has asked': { with: { copies: 1 } },
    'a hub allocates before it has heard from the switch': { switches: 2, with: HUB_COPY },
    'a hub behind its switches goes on': { switches: 2, with: { ...HUB_COPY, contacts: 2, sales: 0 } },
  };

for (const mutant of MUTANTS) {
  t.test(`it would be seen: ${mutant}`, async (t) => {
    const { with: more, ...world } = SHOWN[mutant] ?? {};
    const budget = { ...SMALL, contacts: 2, ...more };
    const { states, fault } = explore({ pins: 1, switches: 1, ...world, budget, mutant }, STATES_MAX);
    t.ok(fault, mutant);
    t.comment(`after ${states} states: ${fault?.what}; ${fault?.way.join('; ')}`);
  });
}
