import t from 'tap';
import { GroupSize } from '../../../src/store/sql/groupSize.js';

const BATCH_MAX = 512;

/** After many groups of `verbs` at 14 microseconds a verb, each with a commit of `commitMs`. */
function learned(commitMs: number, verbs = 64): GroupSize {
  const size = new GroupSize(BATCH_MAX);
  for (let group = 0; group < 200; group++) size.learn(verbs, verbs * 0.014, commitMs);
  return size;
}

t.test('a disk that commits in a fraction of a millisecond gets small groups', async (t) => {
  t.equal(learned(0.2).max, 64);
});

t.test('a slower disk gets groups whose commit is a quarter of their time', async (t) => {
  const { max } = learned(1);
  t.ok(max > 200 && max < 230, `${max} verbs`);
});

t.test('a disk that takes five milliseconds gets groups of batchMax, and never more', async (t) => {
  t.equal(learned(5).max, BATCH_MAX);
  t.equal(learned(500).max, BATCH_MAX);
});

t.test('it follows a disk that becomes slow, and one that becomes fast again', async (t) => {
  const size = learned(0.2);
  for (let group = 0; group < 100; group++) size.learn(64, 0.9, 5);
  t.equal(size.max, BATCH_MAX);
  for (let group = 0; group < 200; group++) size.learn(64, 0.9, 0.2);
  t.equal(size.max, 64);
});

t.test('an intake of thousands of rows says nothing of sales', async (t) => {
  const size = learned(0.2);
  size.learn(5_000, 200, 40);
  t.equal(size.max, 64);
});

t.test('a group that came to no commit changes nothing', async (t) => {
  const size = learned(1);
  const { max } = size;
  size.learn(64, 0, 0);
  t.equal(size.max, max);
});

t.test('a small batchMax counts for more than the smallest group', async (t) => {
  t.equal(new GroupSize(16).max, 16);
});
