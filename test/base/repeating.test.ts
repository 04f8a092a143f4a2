import t from 'tap';
import { repeatedly } from '../../src/base/repeating.js';
import { VirtualClock } from '../transport/peer.js';

/** All promises that can settle have. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('a task runs again only so long after it has ended, and no more once it is told to end', async (t) => {
  const clock = new VirtualClock();
  let runs = 0;
  let finish = (): void => {};
  const task = (): Promise<void> => {
    runs += 1;
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const end = repeatedly(clock, 100, task, 10);
  clock.advance(9);
  t.equal(runs, 0);
  clock.advance(1);
  t.equal(runs, 1);
  clock.advance(1_000);
  t.equal(runs, 1, 'not while it is at it');
  finish();
  await turn();
  clock.advance(99);
  t.equal(runs, 1);
  clock.advance(1);
  t.equal(runs, 2);
  end();
  finish();
  await turn();
  clock.advance(1_000);
  t.equal(runs, 2, 'the run that was under way is the last one');
  repeatedly(clock, 100, task, 0)();
  t.equal(runs, 3, 'at once where it is to begin so');
});
