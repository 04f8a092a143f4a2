/** Short form of the bad network campaign. The long form: node dist/scripts/campaigns/faults.js --seconds 300. */
import t from 'tap';
import { faultCampaign } from '../../scripts/campaigns/faults.js';

t.test(
  'A16: cut, half-open and partitioned before the switch and before its suppliers, all books agree in the end',
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const { violations, customers, faults } = await faultCampaign({ seconds: 5, rate: 30, seed });
    t.same(violations, [], `seed ${seed}`);
    t.ok(customers > 20, `${customers} customers`);
    const all = Object.values(faults).reduce(
      (sum, { cut, halfOpen, oneWay, partitions }) => sum + cut + halfOpen + oneWay + partitions,
      0,
    );
    t.ok(all > 0, `${all} faults`);
  },
);
