/** Merchants' money at switches: how fast it is spent, what is given and what is recalled. */
import fc from 'fast-check';
import t from 'tap';
import { planPurse } from '../../../src/hub/keeper/leases.js';
import { Pace } from '../../../src/hub/keeper/pace.js';

const place = (switchId: number, left: number, target: number, isSettled = true) => ({
  ...{ switchId, left, target, isSettled },
});

t.test(
  'a place that has less than half of what it spends in the time is filled up, others are left',
  async (t) => {
    const places = [place(1, 499, 1_000), place(2, 500, 1_000), place(3, 1_900, 1_000)];
    t.strictSame(planPurse({ free: 9_000, places }), { give: [{ switchId: 1, amount: 501 }], recall: [] });
    const onItsWay = [place(1, 499, 1_000, false)];
    t.strictSame(
      planPurse({ free: 9_000, places: onItsWay }),
      { give: [], recall: [] },
      'more is on its way',
    );
  },
);

t.test(
  'where the hub has too little, it is shared, and what lies idle is recalled, richest first',
  async (t) => {
    const places = [place(1, 0, 1_000), place(2, 0, 3_000), place(3, 2_500, 100), place(4, 9_000, 100)];
    const plan = planPurse({ free: 1_000, places });
    t.strictSame(plan.give, [
      { switchId: 1, amount: 187 },
      { switchId: 2, amount: 562 },
    ]);
    t.strictSame(plan.recall, [{ switchId: 4, amount: 3_250 }]);
  },
);

t.test('where more is out than may be, all that is left is asked for, and nothing is given', async (t) => {
  const places = [place(1, 0, 1_000), place(2, 800, 1_000), place(3, 50, 0)];
  t.strictSame(planPurse({ free: -100, places }), {
    give: [],
    recall: [
      { switchId: 2, amount: 800 },
      { switchId: 3, amount: 50 },
    ],
  });
});

t.test('never gives more than the hub has, nor recalls more than lies there', async () => {
  const places = fc.array(
    fc.record({
      ...{ switchId: fc.nat(20), left: fc.nat(10_000), target: fc.nat(10_000) },
      isSettled: fc.boolean(),
    }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(fc.integer({ min: -10_000, max: 30_000 }), places, (free, all) => {
      const { give, recall } = planPurse({ free, places: all });
      const given = give.reduce((sum, { amount }) => sum + amount, 0);
      if (given > Math.max(free, 0)) return false;
      return recall.every(({ switchId, amount }) =>
        all.some((one) => one.switchId === switchId && amount > 0 && amount <= one.left),
      );
    }),
  );
});

t.test('the pace is that of what was seen, old things fade, and what goes back counts nothing', async (t) => {
  const pace = new Pace(3_600_000);
  t.equal(pace.of('one'), 0);
  pace.see('one', 500, 0);
  t.equal(pace.of('one'), 0, 'a first total tells nothing');
  for (let minute = 1; minute <= 240; minute += 1) pace.see('one', 500 + minute * 600, minute * 60_000);
  t.ok(Math.abs(pace.of('one') - 0.01) < 0.001);
  const before = pace.of('one');
  pace.see('one', 0, 241 * 60_000);
  t.ok(pace.of('one') < before && pace.of('one') > 0);
  const quick = new Pace(3_600_000);
  quick.see('one', 0, 0);
  quick.see('one', 1_000, 1_000);
  t.ok(quick.of('one') < 0.01, 'one sale in the first second is not a sale every second');
});
