/** Short form of the power cut campaign. The long form: node dist/scripts/campaigns/power.js --images 10000. */
import t from 'tap';
import { hasCompiler, powerCampaign } from '../../scripts/campaigns/power.js';

const SHORT = { images: 100, sales: 60, terminals: 4 };

t.test(
  'P13: whatever a power cut leaves of what was not synced, each answered sale is there and the audit is right',
  { skip: hasCompiler() ? false : 'no C compiler here' },
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const log = (line: string): void => t.comment(line);
    const report = await powerCampaign({ ...SHORT, synchronous: 'FULL', seed, log });
    t.same(report.faults, [], `seed ${seed}`);
    t.ok(report.unsynced > 20, `${report.unsynced} of ${report.images} images had something to lose`);
    const weak = await powerCampaign({ ...SHORT, images: 20, synchronous: 'NORMAL', seed, log });
    t.ok(weak.bad > 0, 'with synchronous=NORMAL answered sales are lost: the campaign sees');
  },
);
