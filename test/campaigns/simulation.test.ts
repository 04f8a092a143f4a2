/** Short form of the simulation. The long form: node dist/scripts/simulation/main.js --seeds 1000000. */
import t from 'tap';
import { makeBase } from '../../scripts/simulation/base.js';
import { type History, playHistory } from '../../scripts/simulation/history.js';
import { MUTANTS } from '../../scripts/simulation/mutants.js';

const SEEDS = 600;
/** Within so many seeds a mutant has to be found. */
const FOUND_WITHIN = 5_000;

const tell = ({ seed, fault, lines }: History): string => `seed ${seed}: ${fault}\n${lines.join('\n')}`;

t.test(
  'A16, P13: whoever is slow, lost or dead, and wherever the switch dies, nothing happens twice and nothing is lost',
  async (t) => {
    const base = await makeBase();
    const first = 1 + (Date.now() % 1_000_000_000);
    let deaths = 0;
    let wrong: History | undefined;
    for (let seed = first; seed < first + SEEDS && !wrong; seed += 1) {
      const history = await playHistory(base, seed);
      deaths += history.deaths;
      if (history.fault !== undefined) wrong = history;
    }
    t.equal(wrong && tell(wrong), undefined);
    t.ok(deaths > SEEDS / 2, `${deaths} deaths in ${SEEDS} histories`);
  },
);

t.test('one seed is one history', async (t) => {
  const base = await makeBase();
  for (const seed of [3, 4, 5]) t.strictSame(await playHistory(base, seed), await playHistory(base, seed));
});

for (const mutant of MUTANTS) {
  t.test(`a switch that is worse in one way is found: ${mutant}`, async (t) => {
    const base = await makeBase();
    let seed = 1;
    let found: string | undefined;
    for (; found === undefined && seed <= FOUND_WITHIN; seed += 1)
      found = (await playHistory(base, seed, mutant)).fault;
    t.ok(found, `by seed ${seed - 1}: ${found}`);
  });
}
