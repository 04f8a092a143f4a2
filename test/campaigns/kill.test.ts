/** Short form of the kill campaign: P13, A16. The long form: node dist/scripts/campaigns/kill.js --kills 200. */
import t from 'tap';
import { killCampaign } from '../../scripts/campaigns/kill.js';

t.test(
  'P13: kills under load leave no PIN in two answers, no approval unknown to the journal, and a clean audit',
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const report = await killCampaign({
      kills: 4,
      terminals: 16,
      pins: 50_000,
      seed,
      runMsMax: 900,
      log: (line) => t.comment(line),
    });
    t.same(report.violations, [], `seed ${seed}`);
    t.ok(report.approved > 0, `${report.approved} PINs sold`);
    t.ok(report.unanswered > 0, 'kills did hit requests under way');
  },
);
