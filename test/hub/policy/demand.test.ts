/** Demand as it is learnt from past hours. */
import t from 'tap';
import { Demand, type DemandHour } from '../../../src/hub/policy/policy.js';
import { DAY, demandOf, HOUR, NOW, steady } from './support.js';

const WEEK = 7 * DAY;

t.test('steady sales are expected to go on, over any span', async (t) => {
  const demand = demandOf(steady(1, 'A', 10), steady(2, 'A', 30));
  for (const [from, length] of [
    [NOW, HOUR],
    [NOW + 90_000, 5 * HOUR],
    [NOW + 3 * DAY, 2 * WEEK],
  ] as const) {
    const { mean, variance } = demand.expected(1, 'A', from, from + length);
    t.ok(Math.abs(mean / (10 * (length / HOUR)) - 1) < 0.02, `${mean} in ${length / HOUR} h`);
    t.ok(variance >= mean);
  }
  const { mean } = demand.network('A', NOW, NOW + DAY);
  t.ok(Math.abs(mean / 960 - 1) < 0.02, `${mean} in the whole network`);
  t.equal(demand.expected(1, 'A', NOW, NOW).mean, 0);
  t.equal(demand.expected(3, 'A', NOW, NOW + DAY).mean, 0, 'a switch that has not sold yet');
});

t.test('what was asked for and could not be sold counts as much as what was sold', async (t) => {
  const missed = steady(1, 'A', 10).map((row) => ({ ...row, sold: 2, missed: 8 }));
  const { mean } = demandOf(missed).expected(1, 'A', NOW, NOW + DAY);
  t.ok(Math.abs(mean / 240 - 1) < 0.02, `${mean}`);
});

t.test('the hours of the day are told apart, also of a pair that sells little', async (t) => {
  const byDay = (switchId: number, perHour: number): DemandHour[] =>
    steady(switchId, 'A', perHour).filter(({ hour }) => (hour / HOUR) % 24 >= 12);
  const few = steady(3, 'A', 1).filter(({ hour }) => (hour / HOUR) % 24 === 18);
  const demand = demandOf(byDay(1, 40), byDay(2, 40), few);
  const noon = Math.ceil(NOW / DAY) * DAY + 12 * HOUR;
  const night = demand.expected(1, 'A', noon - 12 * HOUR, noon).mean;
  const day = demand.expected(1, 'A', noon, noon + 12 * HOUR).mean;
  t.ok(Math.abs(day / 480 - 1) < 0.1 && night < 40, `${night.toFixed(1)} and ${day.toFixed(1)}`);
  const fewNight = demand.expected(3, 'A', noon - 12 * HOUR, noon).mean;
  const fewDay = demand.expected(3, 'A', noon, noon + 12 * HOUR).mean;
  t.ok(fewDay > 5 * fewNight, `${fewNight.toFixed(2)} and ${fewDay.toFixed(2)}`);
});

t.test(
  'a pair without a sale is expected to sell a little where its switch and its product sell much',
  async (t) => {
    const { mean } = demandOf(steady(1, 'A', 50), steady(1, 'B', 50), steady(2, 'A', 50)).expected(
      2,
      'B',
      NOW,
      NOW + DAY,
    );
    t.ok(mean > 0 && mean < 24, `${mean}`);
  },
);

t.test('the last weeks count more than those before', async (t) => {
  const rows = Array.from({ length: 12 * 7 }, (_, day) => ({
    switchId: 1,
    product: 'A',
    hour: NOW - (day + 1) * DAY,
    sold: day < 42 ? 300 : 100,
    missed: 0,
  }));
  const { mean } = Demand.of(rows, NOW - 84 * DAY, NOW).expected(1, 'A', NOW, NOW + WEEK);
  t.ok(mean / 7 > 240 && mean / 7 < 300, `${mean / 7} a day`);
});

t.test(
  'a quarter of an hour of sales is enough to expect as much again, and a first sale is no rate yet',
  async (t) => {
    const after = (ms: number, sold: number) => {
      const row = { switchId: 1, product: 'A', hour: NOW, sold, missed: 0 };
      return Demand.of([row], NOW, NOW + ms).expected(1, 'A', NOW + ms, NOW + ms + HOUR).mean;
    };
    t.ok(Math.abs(after(HOUR / 4, 50) - 200) < 20, `${after(HOUR / 4, 50)} an hour`);
    t.ok(after(1_000, 1) <= 4, `${after(1_000, 1)} an hour`);
  },
);

t.test('days that differ more than chance has it spread what is expected', async (t) => {
  const days = (counts: readonly number[]) =>
    Demand.of(
      Array.from({ length: 28 }, (_, day) => ({
        switchId: 1,
        product: 'A',
        hour: NOW - (day + 1) * DAY,
        sold: counts[day % counts.length] ?? 0,
        missed: 0,
      })),
      NOW - 28 * DAY,
      NOW,
    ).expected(1, 'A', NOW, NOW + DAY);
  t.ok(days([50, 150]).variance > 4 * days([95, 105]).variance);
});

t.test('nothing known at all: nothing is expected', async (t) => {
  t.same(Demand.of([], NOW, NOW).expected(1, 'A', NOW, NOW + DAY), { mean: 0, variance: 0 });
});
