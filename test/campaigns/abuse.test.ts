/** Short form of the abuse campaign, no time judged. The long form: node dist/scripts/campaigns/abuse.js. */
import t from 'tap';
import { ABUSES, ADDRESS_CONNECTIONS } from '../../scripts/campaigns/abuse/plan.js';
import { abuseCampaign } from '../../scripts/campaigns/abuse.js';

t.test(
  'beside every kind of abuse, alone and all at once, a terminal gets a PIN of its own for each sale and stays connected',
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const { violations, sales, rows } = await abuseCampaign({
      ...ABUSES,
      seconds: 0.25,
      seed,
      slowSenders: 20,
      slowReaders: 1,
      slowReaderRequests: 5_000,
      floodFrames: 8_000,
      addressFrames: 5_000,
      // As many as one address may have: the surplus is refused.
      idle: ADDRESS_CONNECTIONS,
      idleRefused: 20,
      idlePace: 2_000,
      churnConnections: 300,
      isTimed: false,
      log: (line) => t.comment(line),
    });
    t.same(violations, [], `seed ${seed}`);
    t.ok(sales > 50, `${sales} sales`);
    t.equal(rows.length, 15, 'six kinds, all of them, and quiet phases around each');
  },
);
