/** Short form of the power cut campaign of operators' commands. The long form: node dist/scripts/campaigns/power-files.js. */
import t from 'tap';
import { powerFilesCampaign } from '../../scripts/campaigns/power-files.js';
import { hasCompiler } from '../../scripts/campaigns/preload.js';

t.test(
  'what a command said to be done outlasts a power cut: PINs with their keys, key files, archives, store.url',
  { skip: hasCompiler() ? false : 'no C compiler here' },
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const report = await powerFilesCampaign({
      images: 50,
      isWhole: false,
      goOnEach: 20,
      seed,
      log: (line) => t.comment(line),
    });
    t.same(report.faults, [], `seed ${seed}`);
    t.equal(report.steps, 7, 'each step was done');
  },
);
