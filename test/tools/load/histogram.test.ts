import fc from 'fast-check';
import t from 'tap';
import { Histogram } from '../../../src/tools/load/histogram.js';

t.test('says nothing of nothing', async (t) => {
  t.equal(new Histogram().quantile(0.5), null);
});

t.test('quantiles are those of the sorted values, rounded up by less than 1.6 %', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
      (micros, share) => {
        const histogram = new Histogram();
        for (const one of micros) histogram.add(one / 1000);
        const sorted = [...micros].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        const told = (histogram.quantile(share) ?? -1) * 1000;
        return told >= exact - 0.001 && told <= exact * 1.016 + 0.001;
      },
    ),
  );
  t.pass('held');
});

t.test('what is longer than it can tell counts as the longest', async (t) => {
  const histogram = new Histogram();
  histogram.add(1e12);
  t.equal(histogram.total, 1);
  t.ok((histogram.quantile(1) ?? 0) > 4_000_000);
});
