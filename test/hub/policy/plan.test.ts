/** The allocation policy: what it gives, and to whom. */
import t from 'tap';
import { DEFAULT_POLICY, Demand, planStock } from '../../../src/hub/policy/policy.js';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 26, 12);

t.test('a connected switch that is short is given to from the hub, a silent one is not', async (t) => {
  const rows = [1, 2].flatMap((switchId) =>
    Array.from({ length: 168 }, (_, i) => ({
      switchId,
      product: 'A',
      hour: NOW - (i + 1) * HOUR,
      sold: 10,
      missed: 0,
    })),
  );
  const plan = planStock({
    now: NOW,
    switches: [
      { id: 1, connected: true, seenAt: NOW },
      { id: 2, connected: false, seenAt: NOW - HOUR },
    ],
    products: ['A'],
    central: new Map([['A', 1_000]]),
    stock: [],
    expiring: [],
    recalling: [],
    demand: Demand.of(rows, NOW - 168 * HOUR, NOW),
    settings: DEFAULT_POLICY,
  });
  t.same(
    plan.give.map(({ switchId }) => switchId),
    [1],
  );
  t.same(
    plan.levels.map(({ switchId }) => switchId),
    [1, 2],
  );
});
