/** Short form of the network's kill campaign: P13. The long form: node dist/scripts/campaigns/network.js. */
import t from 'tap';
import { networkCampaign } from '../../scripts/campaigns/network.js';

t.test('P13: a hub and switches killed under sales lose no PIN and sell none twice', async (t) => {
  const seed = Date.now() % 1_000_000;
  const report = await networkCampaign({
    ...{ transfers: 60, switches: 2, terminals: 4, pins: 8_000, seed, runMsMax: 600 },
    log: (line) => t.comment(line),
  });
  t.same(report.violations, [], `seed ${seed}`);
  t.ok(report.approved > 0, `${report.approved} PINs sold, ${report.transfers} transfers`);
  t.ok(report.hubKills + report.switchKills > 0, 'something was killed');
});
