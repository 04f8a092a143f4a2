/** Commissions: exact to the last minor unit at every size, never more than the amount; the most particular one counts. */
import fc from 'fast-check';
import t from 'tap';
import { type Commission, Commissions, commissionOn, ROUNDINGS } from '../../src/domain/commission.js';

const NONE: Commission = { basisPoints: 0, fixed: 0, rounding: 'down' };

t.test('a share is rounded as it says, and a fixed part counts for each item', async (t) => {
  const share = { ...NONE, basisPoints: 333 };
  t.equal(commissionOn(share, 1_000, 1), 33);
  t.equal(commissionOn({ ...share, rounding: 'up' }, 1_000, 1), 34);
  t.equal(commissionOn({ ...share, rounding: 'half-up' }, 1_000, 1), 33);
  t.equal(commissionOn({ ...NONE, basisPoints: 50, rounding: 'half-up' }, 100, 1), 1);
  t.equal(commissionOn({ ...share, fixed: 7 }, 3_000, 3), 99 + 21);
  t.equal(commissionOn({ ...NONE, fixed: 700 }, 500, 1), 500, 'never more than the amount');
});

t.test('whatever the amount, it is what exact arithmetic says', async (t) => {
  const amount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const basisPoints = fc.integer({ min: 0, max: 10_000 });
  await fc.assert(
    fc.asyncProperty(
      amount,
      basisPoints,
      fc.constantFrom(...ROUNDINGS),
      async (amount, basisPoints, rounding) => {
        const exact = BigInt(amount) * BigInt(basisPoints);
        const over = { down: 0n, 'half-up': 5_000n, up: 9_999n }[rounding];
        t.equal(
          commissionOn({ ...NONE, basisPoints, rounding }, amount, 1),
          Number((exact + over) / 10_000n),
        );
      },
    ),
  );
});

t.test(
  "a merchant's own counts before its group's, and one for the product before one for all",
  async (t) => {
    const list: Commission[] = [
      { ...NONE, fixed: 1 },
      { ...NONE, fixed: 2, product: 'P' },
      { ...NONE, fixed: 3, group: 'G' },
      { ...NONE, fixed: 4, group: 'G', product: 'P' },
      { ...NONE, fixed: 5, merchant: 'M' },
      { ...NONE, fixed: 6, merchant: 'M', product: 'P' },
    ];
    const found = (names: [string, string, string], of = list): number | undefined =>
      new Commissions(of).find(...names)?.fixed;
    t.equal(found(['M', 'G', 'P']), 6);
    t.equal(found(['M', 'G', 'Q']), 5);
    t.equal(found(['N', 'G', 'P']), 4);
    t.equal(found(['N', 'G', 'Q']), 3);
    t.equal(found(['N', '', 'P']), 2);
    t.equal(found(['N', 'H', 'Q']), 1);
    t.equal(found(['N', 'H', 'Q'], list.slice(2)), undefined);
  },
);
