/** The allocation policy: what it gives, what it asks back, and from whom. */
import t from 'tap';
import { after, NOW, planOf } from './support.js';

const idsOf = (rows: readonly { readonly switchId: number }[]) => rows.map(({ switchId }) => switchId);
const countOf = (rows: readonly { readonly count: number }[]) =>
  rows.reduce((sum, { count }) => sum + count, 0);

t.test('a connected switch below its low level is given up to its desired level', async (t) => {
  const plan = planOf({ held: [0, 100_000], perHour: [10, 10], central: 100_000 });
  const [level] = plan.levels;
  t.ok((level?.low ?? 0) > 12 * 10, 'it lasts over the time to survive, and more');
  t.ok((level?.desired ?? 0) > (level?.low ?? 0), 'a lot above');
  t.same(plan.give, [{ switchId: 1, product: 'A', count: level?.desired }]);
  t.same(plan.recall, [], 'nothing is asked back where there is enough');
});

t.test('a silent switch is neither given to nor recalled from, and its share waits at the hub', async (t) => {
  const short = { perHour: [10, 10], central: 100, silent: [2] };
  const waiting = planOf({ ...short, held: [0, 0] });
  t.same(idsOf(waiting.give), [1]);
  t.ok(countOf(waiting.give) <= 50, 'half of what there is');
  const rich = planOf({ ...short, held: [0, 100_000] });
  t.same(rich.recall, []);
  t.ok(countOf(rich.give) > 90, 'it needs nothing more: what the hub has is for the other');
});

t.test('a switch that has been silent for longer than its share waits leaves it to the others', async (t) => {
  const plan = planOf({
    held: [0, 0],
    perHour: [10, 10],
    central: 100,
    silent: [2],
    settings: { silentMs: 1_000 },
  });
  t.ok(countOf(plan.give) > 90);
  t.equal(plan.levels.length, 2, 'its level is told all the same');
});

t.test(
  'short stock is shared so that all run out at the same time, but for what the hub keeps',
  async (t) => {
    const plan = planOf({ held: [0, 0, 0], perHour: [10, 20, 70], central: 200 });
    const counts = plan.give.map(({ count }) => count);
    t.same(plan.give.map(({ switchId }) => switchId).sort(), [1, 2, 3]);
    t.equal(countOf(plan.give), 190, 'five per cent stay');
    for (const [i, rate] of [10, 20, 70].entries()) {
      const given = plan.give.find(({ switchId }) => switchId === i + 1)?.count ?? 0;
      t.ok(Math.abs(given - (190 * rate) / 100) <= 2, `${counts}: ${given} of ${rate}`);
    }
  },
);

t.test('what the hub lacks is recalled from the richest, and from no other', async (t) => {
  const one = { held: [0, 45, 300], perHour: [10, 10, 10], central: 0 };
  const plan = planOf(one);
  t.same(idsOf(plan.recall), [3]);
  t.ok(countOf(plan.recall) >= 100 && countOf(plan.recall) <= 200, `${countOf(plan.recall)} of 345`);
  const next = planOf(after(one, plan));
  t.ok(idsOf(next.give).includes(1), 'and given on');
});

t.test('what is being recalled is not asked for again', async (t) => {
  const one = { held: [0, 0, 300], perHour: [10, 10, 10], central: 0 };
  const first = planOf(one);
  const again = planOf({ ...one, recalling: first.recall });
  t.same(again.recall, []);
});

t.test('a floor is filled and a ceiling kept to, and what lies above it comes back', async (t) => {
  const limits = [
    { product: 'A', floor: 40 },
    { switchId: 2, product: 'A', ceiling: 20, floor: 0 },
  ];
  const plan = planOf({ held: [0, 50], perHour: [0, 10], central: 1_000, settings: { limits } });
  t.same(plan.give, [{ switchId: 1, product: 'A', count: 40 }]);
  t.same(plan.recall, [{ switchId: 2, product: 'A', count: 30, first: 'latest' }]);
});

t.test('what expires soon is moved from where it does not sell in time to where it does', async (t) => {
  const one = {
    held: [2_000, 5_000],
    perHour: [1, 20],
    central: 5_000,
    expiring: [{ switchId: 1, product: 'A', count: 1_000 }],
  };
  const away = planOf(one);
  t.equal(away.recall.length, 1);
  const [recall] = away.recall;
  t.match(recall, { switchId: 1, first: 'soonest' });
  t.ok((recall?.count ?? 0) > 800, `what it sells in a week stays: ${recall?.count}`);
  const on = planOf({
    ...after(one, away),
    expiring: [
      { switchId: 0, product: 'A', count: recall?.count ?? 0 },
      { switchId: 1, product: 'A', count: 1_000 - (recall?.count ?? 0) },
    ],
  });
  t.same(on.give, [{ switchId: 2, product: 'A', count: recall?.count }]);
  t.same(on.recall, []);
});

t.test('what would expire everywhere is left where it is', async (t) => {
  const expiring = [1, 2].map((switchId) => ({ switchId, product: 'A', count: 90_000 }));
  const plan = planOf({ held: [100_000, 100_000], perHour: [1, 1], central: 0, expiring });
  t.same(plan.recall, []);
});

t.test('without any demand known nothing is moved', async (t) => {
  const plan = planOf({ held: [0, 10], perHour: [], central: 100 });
  t.same([plan.give, plan.recall], [[], []]);
  t.ok(NOW > 0);
});
