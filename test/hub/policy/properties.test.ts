/** Properties of the allocation policy, over random networks. */
import fc from 'fast-check';
import t from 'tap';
import { planStock } from '../../../src/hub/policy/policy.js';
import { after, type Case, inputOf, planOf } from './support.js';

const RUNS = { numRuns: 200 };

const networks: fc.Arbitrary<Case> = fc
  .array(
    fc.record({
      held: fc.oneof(fc.nat(30), fc.nat(5_000)),
      perHour: fc.oneof(fc.nat(2), fc.nat(60)),
      silent: fc.boolean(),
      expiring: fc.nat(100),
      recalling: fc.nat(100),
      floor: fc.nat(50),
      room: fc.nat(3_000),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((sites) =>
    fc
      .record({ central: fc.oneof(fc.nat(50), fc.nat(20_000)), bounded: fc.boolean() })
      .map(({ central, bounded }) => ({
        held: sites.map(({ held }) => held),
        perHour: sites.map(({ perHour }) => perHour),
        central,
        silent: sites.flatMap(({ silent }, i) => (silent ? [i + 1] : [])),
        expiring: sites.map(({ held, expiring }, i) => row(i, Math.floor((held * expiring) / 100))),
        recalling: sites.map(({ held, recalling }, i) => row(i, Math.floor((held * recalling) / 300))),
        settings: {
          limits: bounded
            ? sites.map(({ floor, room }, i) => ({
                switchId: i + 1,
                product: 'A',
                floor,
                ceiling: floor + room,
              }))
            : [],
        },
      })),
  );

const row = (index: number, count: number) => ({ switchId: index + 1, product: 'A', count });
const sumOf = (rows: readonly { readonly count: number }[]) =>
  rows.reduce((sum, { count }) => sum + count, 0);

t.test(
  'never more is given than the hub has, nor recalled than lies there; whole PINs, each switch once',
  async (t) => {
    fc.assert(
      fc.property(networks, (one) => {
        const { give, recall } = planOf(one);
        const moved = [...give, ...recall];
        return (
          sumOf(give) <= one.central &&
          moved.every(({ count }) => Number.isInteger(count) && count > 0) &&
          new Set(moved.map(({ switchId }) => switchId)).size === moved.length &&
          recall.every(({ switchId, count }) => count <= (one.held[switchId - 1] ?? 0))
        );
      }),
      RUNS,
    );
    t.pass();
  },
);

t.test('a silent switch is neither given to nor recalled from', async (t) => {
  fc.assert(
    fc.property(networks, (one) => {
      const { give, recall } = planOf(one);
      return [...give, ...recall].every(({ switchId }) => !one.silent?.includes(switchId));
    }),
    RUNS,
  );
  t.pass();
});

t.test(
  'nothing is given above a ceiling, nor recalled below a floor but for what would expire',
  async (t) => {
    fc.assert(
      fc.property(networks, (one) => {
        const limits = one.settings?.limits ?? [];
        const { give, recall } = planOf(one);
        const boundsOf = (id: number) => limits.find(({ switchId }) => switchId === id);
        const heldAt = (id: number) => (one.held[id - 1] ?? 0) - (one.recalling?.[id - 1]?.count ?? 0);
        return (
          give.every(
            ({ switchId, count }) => heldAt(switchId) + count <= (boundsOf(switchId)?.ceiling ?? Infinity),
          ) &&
          recall.every(
            ({ switchId, count, first }) =>
              first === 'soonest' || heldAt(switchId) - count >= (boundsOf(switchId)?.floor ?? 0),
          )
        );
      }),
      RUNS,
    );
    t.pass();
  },
);

t.test(
  'stock does not swing: plans that are carried out come to rest, and none takes back what one before gave',
  async (t) => {
    fc.assert(
      fc.property(networks, (drawn) => {
        let one: Case = { ...drawn, expiring: [], recalling: [] };
        const given = new Set<number>();
        const taken = new Set<number>();
        for (let round = 0; round < 6; round++) {
          const plan = planStock(inputOf(one));
          if (plan.give.length + plan.recall.length === 0) return true;
          for (const { switchId } of plan.give) given.add(switchId);
          for (const { switchId } of plan.recall) taken.add(switchId);
          if ([...given].some((id) => taken.has(id))) return false;
          one = after(one, plan);
        }
        return false;
      }),
      RUNS,
    );
    t.pass();
  },
);

t.test(
  'when stock is short no connected switch is left empty beside one that holds far more than its share',
  async (t) => {
    fc.assert(
      fc.property(networks, (drawn) => {
        let one: Case = { ...drawn, expiring: [], recalling: [], settings: {} };
        for (let round = 0; round < 4; round++) one = after(one, planOf(one));
        const { levels } = planOf(one);
        const up = one.held
          .map((held, i) => ({ held, id: i + 1, ...levels[i] }))
          .filter(({ id }) => !one.silent?.includes(id));
        const isRich = up.some(({ held, share = 0 }) => held > 1.5 * share + 2);
        return (
          !isRich || up.every(({ held, share = 0, low = 0 }) => held >= Math.min(low, Math.floor(share / 2)))
        );
      }),
      RUNS,
    );
    t.pass();
  },
);

t.test(
  'with steady sales and stock that grows short, no switch gives back in a round after it was given to',
  async (t) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 1, max: 12 }),
        (perHour, hours) => {
          const all = perHour.reduce((sum, one) => sum + one, 0);
          let one: Case = { held: perHour.map(() => 0), perHour, central: all * hours };
          let before = new Set<number>();
          let moves = 0;
          for (let round = 0; round < hours * 6; round++) {
            const plan = planOf(one);
            if (plan.recall.some(({ switchId }) => before.has(switchId))) return false;
            moves += plan.give.length + plan.recall.length;
            before = new Set(plan.give.map(({ switchId }) => switchId));
            one = after(one, plan);
            // Ten minutes' sales, whole PINs at whole times.
            const sold = (rate: number) =>
              Math.floor(((round + 1) * rate) / 6) - Math.floor((round * rate) / 6);
            one = { ...one, held: one.held.map((held, i) => Math.max(held - sold(perHour[i] ?? 0), 0)) };
          }
          // Nearly all has been sold where it lay.
          const left = one.central + one.held.reduce((sum, held) => sum + held, 0);
          return (
            left <= Math.max(all * hours * 0.1, 3 * perHour.length) && moves < hours * 6 * perHour.length
          );
        },
      ),
      { numRuns: 25 },
    );
    t.pass();
  },
);
