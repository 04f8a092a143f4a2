import t from 'tap';
import type { Clock } from '../../src/base/clock.js';
import { Health } from '../../src/supply/health.js';

t.test('rests after so many faults in a row, and again at once when the rest did not help', async (t) => {
  let now = 1_000;
  const clock: Clock = { now: () => now, after: () => () => {} };
  const health = new Health(clock, 3, 500);
  t.notOk(health.fault());
  t.notOk(health.fault());
  t.ok(health.ready());
  t.ok(health.fault());
  t.notOk(health.ready());
  now = 1_499;
  t.notOk(health.ready());
  now = 1_500;
  t.ok(health.ready());
  t.ok(health.fault(), 'one more fault is enough');
  t.notOk(health.ready());
  health.good();
  t.ok(health.ready(), 'an answer that came late ends the rest');
  t.notOk(health.fault(), 'and the count begins anew');
});
