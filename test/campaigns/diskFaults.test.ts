/** Short form of the failing disk campaign. The long form: node dist/scripts/campaigns/disk-faults.js --rounds 100. */
import t from 'tap';
import { diskFaultCampaign } from '../../scripts/campaigns/disk-faults.js';
import { hasCompiler } from '../../scripts/campaigns/preload.js';

const SHORT = { rounds: 3, terminals: 4, pins: 20_000, holdMsMax: 600 };

t.test(
  'P13: a disk that fails costs answers: no sale is approved that is not in the journal, and books agree once it is whole',
  { skip: hasCompiler() ? false : 'no C compiler here' },
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const log = (line: string): void => t.comment(line);
    const report = await diskFaultCampaign({ ...SHORT, lies: false, seed, log });
    t.same(report.violations, [], `seed ${seed}`);
    t.ok(report.approved > 0, `${report.approved} sales, ${report.credits} credits`);
    t.ok(report.repeatsHeld > 0, `${report.repeatsHeld} repeats were told what they were told before`);
    t.equal(
      report.ended + report.livedOn,
      SHORT.rounds,
      'after each fault it sold on, or had ended and was started',
    );
  },
);
