/** Which business day a cutover closes, from the time of day alone. */
import t from 'tap';
import { dayDue, nearestEnd } from '../../src/switch/days.js';

t.test('a cutover without a date closes the day whose end is nearest', async (t) => {
  t.equal(nearestEnd('20260301', '000500'), '20260228');
  t.equal(nearestEnd('20260301', '115959'), '20260228');
  t.equal(nearestEnd('20260301', '120000'), '20260301');
  t.equal(nearestEnd('20260301', '235900'), '20260301');
});

t.test('by the clock, the last day that should be closed by now is due', async (t) => {
  for (const [at, time, due] of [
    ['233000', '232959', '20260228'],
    ['233000', '233000', '20260301'],
    ['000000', '000000', '20260228'],
    ['000000', '235959', '20260228'],
    ['020000', '015959', '20260227'],
    ['020000', '020000', '20260228'],
  ] as const) {
    t.equal(dayDue('20260301', time, at), due, `${at} at ${time}`);
  }
});
