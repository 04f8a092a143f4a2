/**
 * Simulated histories, one a seed; the first that is not as it should be is told whole, and ends with 1.
 *
 *   node dist/scripts/simulation/main.js [--seeds 1000000] [--seed 1] [--network] [--mutant NAME]
 *
 * --network: a hub and three switches, instead of one switch with suppliers
 */
import { parseArgs } from 'node:util';
import { makeBase } from './base.js';
import { type History, playHistory } from './history.js';
import { MUTANTS } from './mutants.js';
import { makeNetworkBase } from './network/base.js';
import { playNetwork } from './network/history.js';
import { NETWORK_MUTANTS } from './network/mutants.js';

type Play = (seed: number) => Promise<History>;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    network: { type: 'boolean', default: false },
    mutant: { type: 'string' },
  },
});
const play = values.network ? await networkOf(values.mutant) : await switchOf(values.mutant);
const [first, count] = [Number(values.seed), Number(values.seeds)];
const begun = performance.now();
let [deals, deaths, played] = [0, 0, 0];
let wrong: History | undefined;
for (; played < count && !wrong; played += 1) {
  const history = await play(first + played);
  deals += history.deals;
  deaths += history.deaths;
  if (history.fault !== undefined) wrong = history;
}
const seconds = (performance.now() - begun) / 1_000;
if (wrong) process.stdout.write(`seed ${wrong.seed}: ${wrong.fault}\n${wrong.lines.join('\n')}\n`);
const perSecond = Math.round(played / seconds);
process.stdout.write(
  `${JSON.stringify({ first, seeds: played, deals, deaths, seconds: Math.round(seconds), perSecond })}\n`,
);
process.exit(wrong ? 1 : 0);

async function switchOf(name: string | undefined): Promise<Play> {
  const mutant = MUTANTS.find((one) => one === name);
  const base = await makeBase();
  return (seed) => playHistory(base, seed, mutant);
}

async function networkOf(name: string | undefined): Promise<Play> {
  const mutant = NETWORK_MUTANTS.find((one) => one === name);
  const base = await makeNetworkBase();
  return (seed) => playNetwork(base, seed, mutant);
}
