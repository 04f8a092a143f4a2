/** When a product is ordered, and how much; and quantiles of demand. */
import fc from 'fast-check';
import t from 'tap';
import { DEFAULT_POLICY, leadTimeOf, type OrderInput, planOrders } from '../../../src/hub/policy/policy.js';
import { normalQuantile, quantile } from '../../../src/hub/policy/quantile.js';
import { DAY, demandOf, HOUR, NOW, steady } from './support.js';

const demand = demandOf(steady(1, 'A', 10), steady(2, 'A', 30));
const BASE: OrderInput = {
  product: 'A',
  now: NOW,
  onHand: 0,
  onOrder: 0,
  levels: [
    { switchId: 1, product: 'A', low: 100, desired: 300, share: 0 },
    { switchId: 2, product: 'A', low: 300, desired: 500, share: 0 },
  ],
  lead: { mean: DAY, spread: 0 },
  demand,
  settings: DEFAULT_POLICY.orders,
};

t.test('an order is placed once stock and what is under way do not last until it would arrive', async (t) => {
  const { level } = planOrders(BASE);
  t.ok(level > 600 + 960, 'what switches hold on the average, and a day of sales, and some more');
  t.equal(planOrders({ ...BASE, onHand: level }).quantity, 0);
  t.equal(planOrders({ ...BASE, onHand: level - 500, onOrder: 500 }).quantity, 0, 'not ordered twice');
  const { quantity } = planOrders({ ...BASE, onHand: level - 1 });
  t.ok(Math.abs(quantity - (1 + 2 * 960)) < 60, `two days' sales: ${quantity}`);
  t.equal(planOrders({ ...BASE, onHand: level - 501 }).quantity, quantity + 500, 'and what is lacking');
});

t.test('a supplier that is slow, or not reliable, is ordered from earlier', async (t) => {
  const slow = planOrders({ ...BASE, lead: { mean: 2 * DAY, spread: 0 } }).level;
  const unsure = planOrders({ ...BASE, lead: { mean: DAY, spread: DAY / 2 } }).level;
  t.ok(slow > planOrders(BASE).level + 900);
  t.ok(unsure > planOrders(BASE).level + 600);
});

t.test('a product that nobody asks for and no switch is to hold is not ordered', async (t) => {
  t.same(planOrders({ ...BASE, product: 'B', levels: [] }), { level: 0, quantity: 0 });
});

t.test('the lead time is as configured at first, and then as measured', async (t) => {
  const { orders } = DEFAULT_POLICY;
  t.same(leadTimeOf([], orders), { mean: orders.leadMs, spread: orders.leadSpreadMs });
  const measured = leadTimeOf(new Array<number>(100).fill(50 * HOUR), orders);
  t.ok(Math.abs(measured.mean / HOUR - 50) < 1.5 && measured.spread < orders.leadSpreadMs);
});

t.test('quantiles are the least counts that demand does not exceed with the probability', async (t) => {
  const poisson = (mean: number) => quantile({ mean, variance: mean }, 0.99, normalQuantile(0.99));
  t.same([0, 0.01, 0.02, 1, 10].map(poisson), [0, 0, 1, 4, 18]);
  t.ok(Math.abs(normalQuantile(0.975) - 1.959964) < 1e-5);
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 39, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (mean, more) => {
        const at = (m: number) =>
          quantile({ mean: m, variance: m + more * m ** 2 }, 0.99, normalQuantile(0.99));
        return at(mean) >= Math.floor(mean) && at(mean * 1.5) >= at(mean) && at(mean * 1.5) < 10 * mean + 12;
      },
    ),
  );
  const [below, above] = [39.99, 40.01].map((mean) =>
    quantile({ mean, variance: mean + 0.1 * mean ** 2 }, 0.99, normalQuantile(0.99)),
  );
  t.ok(Math.abs((below ?? 0) - (above ?? 0)) <= 2, `the two ways meet: ${below} and ${above}`);
});
