/** Short form of the network's simulation. The long form: node dist/scripts/simulation/main.js --network. */
import t from 'tap';
import type { History } from '../../scripts/simulation/history.js';
import { makeNetworkBase } from '../../scripts/simulation/network/base.js';
import { playNetwork } from '../../scripts/simulation/network/history.js';
import { NETWORK_MUTANTS } from '../../scripts/simulation/network/mutants.js';

const SEEDS = 15;
/** Within so many seeds a mutant has to be found. */
const FOUND_WITHIN = 5_000;

const base = await makeNetworkBase();
const tell = ({ seed, fault, lines }: History): string => `seed ${seed}: ${fault}\n${lines.join('\n')}`;

t.test(
  'P13: wherever hub and switches die and whatever their lines lose, each PIN has one custodian and the books agree',
  async (t) => {
    const first = 1 + (Date.now() % 1_000_000_000);
    let deaths = 0;
    let wrong: History | undefined;
    for (let seed = first; seed < first + SEEDS && !wrong; seed += 1) {
      const history = await playNetwork(base, seed);
      deaths += history.deaths;
      if (history.fault !== undefined) wrong = history;
    }
    t.equal(wrong && tell(wrong), undefined);
    t.ok(deaths > SEEDS / 2, `${deaths} deaths in ${SEEDS} histories`);
  },
);

t.test('one seed is one history of a network', async (t) => {
  for (const seed of [3, 4]) t.strictSame(await playNetwork(base, seed), await playNetwork(base, seed));
});

for (const mutant of NETWORK_MUTANTS) {
  t.test(`a network that is worse in one way is found: ${mutant}`, async (t) => {
    let seed = 1;
    let found: string | undefined;
    for (; found === undefined && seed <= FOUND_WITHIN; seed += 1)
      found = (await playNetwork(base, seed, mutant)).fault;
    t.ok(found, `by seed ${seed - 1}: ${found}`);
  });
}
