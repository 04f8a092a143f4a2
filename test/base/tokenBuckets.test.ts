import fc from 'fast-check';
import t from 'tap';
import { TokenBuckets } from '../../src/base/tokenBuckets.js';

t.test('never more than the burst and what has been gained since, for each name by itself', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.tuple(fc.integer({ min: -50, max: 400 }), fc.constantFrom('a', 'b')), { maxLength: 200 }),
      (perSecond, burst, steps) => {
        let now = 1_000;
        let forward = 0;
        const buckets = new TokenBuckets({ perSecond, burst, namesMax: 10 }, { now: () => now });
        const taken = new Map<string, number>();
        for (const [step, name] of steps) {
          now += step;
          // A clock that goes back and forth may gain by its way forth, and by nothing else.
          forward += Math.max(0, step);
          if (buckets.take(name)) taken.set(name, (taken.get(name) ?? 0) + 1);
          const most = burst + (forward * perSecond) / 1_000;
          if ((taken.get(name) ?? 0) > most + 1e-6)
            throw new Error(`${taken.get(name)} taken, ${most} allowed`);
        }
      },
    ),
  );
});

t.test('who waits as long as it is told is never over its rate', async (t) => {
  let now = 0;
  const buckets = new TokenBuckets({ perSecond: 8, burst: 3, namesMax: 10 }, { now: () => now });
  for (let n = 0; n < 3; n += 1) t.equal(buckets.charge('a'), 0);
  for (let n = 0; n < 50; n += 1) {
    const waitMs = buckets.charge('a');
    t.equal(waitMs, 125);
    now += waitMs;
  }
  t.equal(buckets.charge('b'), 0, 'another name has a bucket of its own');
});

t.test('only so many names are remembered: the one that was used longest ago goes', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1, namesMax: 2 }, { now: () => 0 });
  for (const name of ['a', 'b']) t.ok(buckets.take(name));
  t.notOk(buckets.take('a'));
  t.ok(buckets.take('c'), 'b is forgotten');
  t.notOk(buckets.take('a'), 'a is not');
  t.ok(buckets.take('b'));
});
