import t from 'tap';
import { Chance } from '../../../src/base/chance.js';
import { arrivalTimes, timesAt } from '../../../src/tools/terminals/arrivals.js';
import { customerOf, orderOf } from '../../../src/tools/terminals/orders.js';
import { loadScenario, shippedScenarios } from '../../../src/tools/terminals/scenario.js';
import type { Scenario } from '../../../src/tools/terminals/schema.js';

const STREET = loadScenario('shop-street');
const BAD_LINE = loadScenario('bad-line');

function shaped(perSecond: number, seconds: number, shape: Scenario['arrivals']['shape']): Scenario {
  return { ...STREET, seconds, arrivals: { perSecond, shape } };
}

t.test('a shape is straight between its points, level before the first and behind the last', async (t) => {
  const shape: Scenario['arrivals']['shape'] = [
    [0.2, 1],
    [0.4, 3],
    [0.8, 0],
  ];
  const at = [0, 0.2, 0.3, 0.4, 0.6, 0.8, 1].map((share) => Number(timesAt(shape, share).toFixed(6)));
  t.same(at, [1, 1, 2, 3, 1.5, 0, 0]);
});

t.test('customers come as often as the shape has it, and at random', async (t) => {
  const scenario = shaped(1_000, 10, [
    [0, 0],
    [0.5, 1],
    [1, 0],
  ]);
  const times = [...arrivalTimes(scenario, new Chance(7))];
  // A triangle: half of 10,000; the deviation of a Poisson count is its root, 71.
  t.ok(Math.abs(times.length - 5_000) < 5 * 71, `${times.length} customers`);
  const early = times.filter((ms) => ms < 2_500).length;
  t.ok(Math.abs(early - 625) < 5 * 25, `${early} in the first quarter`);
  t.ok(times.every((ms, n) => ms >= (times[n - 1] ?? 0) && ms < 10_000));
  const gaps = times.slice(2_400, 2_600).map((ms, n) => ms - (times[2_399 + n] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length) / mean;
  t.ok(spread > 0.7 && spread < 1.3, `gaps spread as their mean: ${spread.toFixed(2)}`);
});

t.test('one seed is one sequence of customers, whatever else goes on', async (t) => {
  const told = (seed: number): unknown =>
    Array.from({ length: 50 }, (_, number) => {
      const customer = customerOf(BAD_LINE, seed, number);
      const { wish, bad, mishap, repeats, reverses } = customer;
      return [wish.service, bad, mishap, repeats, reverses, orderOf(wish, STREET, customer.chance).goods];
    });
  t.same(told(11), told(11));
  t.notSame(told(11), told(12));
});

t.test(
  'customers want what the mix says, in its shares, and what goes wrong does so as often as it says',
  async (t) => {
    const scenario = BAD_LINE;
    const customers = Array.from({ length: 20_000 }, (_, number) => customerOf(scenario, 3, number));
    const share = (test: (one: (typeof customers)[number]) => boolean): number =>
      customers.filter(test).length / customers.length;
    const right = customers.filter(({ bad }) => bad === undefined);
    const sales = right.filter(({ wish }) => wish.service === 'pin-sale').length / right.length;
    t.ok(Math.abs(sales - 0.5) < 0.02, `pin sales ${sales}`);
    for (const bad of ['malformed', 'garbage', 'wrong-length', 'unknown-product', 'conflict'] as const) {
      const found = share((one) => one.bad === bad);
      t.ok(Math.abs(found - (scenario.bad[bad] ?? 0)) < 0.005, `${bad} ${found}`);
    }
    const cut = share((one) => one.mishap === 'cut-after');
    // Of those that are not wrong on purpose, nine in ten.
    t.ok(Math.abs(cut - 0.06 * 0.9) < 0.006, `cut after ${cut}`);
  },
);

t.test(
  'every shipped scenario is read, says what it is about, and draws nothing that its mix does not have',
  async (t) => {
    t.same(shippedScenarios(), ['bad-line', 'saturday-peak', 'shop-street']);
    for (const name of shippedScenarios()) {
      const scenario = loadScenario(name);
      t.equal(scenario.name, name);
      t.not(scenario.about, '');
    }
  },
);
