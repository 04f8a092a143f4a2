/** Short form of the power cut campaign. The long form: node dist/scripts/campaigns/power.js --images 10000. */
import t from 'tap';
import { powerCampaign } from '../../scripts/campaigns/power.js';
import { hasCompiler } from '../../scripts/campaigns/preload.js';

const SHORT = { images: 100, lyingImages: 20, sales: 60, rounds: 2, terminals: 4 };

t.test(
  'P13: whatever a power cut leaves of what was not synced, each answered sale is there and the audit is right',
  { skip: hasCompiler() ? false : 'no C compiler here' },
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const log = (line: string): void => t.comment(line);
    const [report, weak] = await Promise.all([
      powerCampaign({ ...SHORT, synchronous: 'FULL', seed, log }),
      powerCampaign({ ...SHORT, images: 20, lyingImages: 0, rounds: 1, synchronous: 'NORMAL', seed, log }),
    ]);
    t.same(report.faults, [], `seed ${seed}`);
    t.ok(report.unsynced > 20, `${report.unsynced} of ${report.images} images had something to lose`);
    t.ok(report.held > report.sales, `${report.held} answered sales looked up`);
    t.ok(report.logsBegun > 1, `the log began ${report.logsBegun} times, once more after a checkpoint`);
    t.ok(
      report.lyingBad > 0,
      'on a disk that answers syncs of the database and does not do them, books break',
    );
    t.ok(weak.bad > 0, 'with synchronous=NORMAL answered sales are lost: the campaign sees');
  },
);
