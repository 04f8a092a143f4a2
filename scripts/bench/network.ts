/** Bench of the PIN network: its policy on a simulated clock. */
import { benchSimulated } from './network/simulated.js';

const SEEDS_LONG = [1, 2, 3, 4, 5];

export async function benchNetwork(isLong: boolean): Promise<Record<string, number>> {
  return benchSimulated({ seeds: isLong ? SEEDS_LONG : SEEDS_LONG.slice(0, 1) });
}
