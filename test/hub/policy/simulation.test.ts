/** A small simulated network: short form of `npm run bench -- network`. P9. */
import t from 'tap';
import { clairvoyant } from '../../../scripts/bench/network/clairvoyant.js';
import { benchSimulated } from '../../../scripts/bench/network/simulated.js';
import type { Demands } from '../../../scripts/bench/network/world.js';

t.test('a small network sells nearly what a clairvoyant would', async (t) => {
  const size = { switches: 8, products: 4, salesPerDay: 4_000, historyDays: 14, days: 7 };
  const figures = benchSimulated({ seeds: [1], size, runningInDays: 2, tickMinutes: 15, show: () => {} });
  const of = (key: string) => figures[`network.${key}.1`] ?? Number.NaN;
  t.equal(of('a.lost'), 0);
  t.ok(of('a.local') > 99, `${of('a.local')} % from local stock`);
  for (const share of ['1.05', '1', '0.9']) {
    t.ok(of(`b.${share}`) > 98, `${of(`b.${share}`)} % with supply ${share} of demand`);
    t.ok(of(`b.${share}`) <= 100, 'never more than the clairvoyant');
    t.ok(of(`b.${share}`) > of(`c.${share}.equal-split`), 'more than an equal split');
  }
  t.ok(of('d') > 98, `${of('d')} % while the hub is away`);
});

t.test(
  'the clairvoyant gives a unit to whoever could have had it, and leaves the later units to the others',
  async (t) => {
    const demands: Demands = {
      count: 3,
      at: Float64Array.of(10, 11, 12),
      switchAt: Uint8Array.of(1, 0, 1),
      productAt: Uint8Array.of(0, 0, 0),
    };
    const size = { switches: 2, products: 1, salesPerDay: 1, historyDays: 0, days: 1 };
    // Switch 0 lost its link at 5: only what had arrived by then can be with it.
    const met = clairvoyant(
      size,
      demands,
      [[5, 20], []],
      [
        { at: 4, product: 0, count: 1 },
        { at: 12, product: 0, count: 1 },
      ],
    );
    t.same([...met], [0, 1, 1]);
  },
);
