/** Bench of the PIN network: its policy on a simulated clock, then a hub and switches as real processes. */
import { benchSimulated } from './network/simulated.js';
import { benchNetworkReal } from './networkReal.js';

const SEEDS_LONG = [1, 2, 3, 4, 5];

export async function benchNetwork(isLong: boolean): Promise<Record<string, number>> {
  const simulated = await benchSimulated({ seeds: isLong ? SEEDS_LONG : SEEDS_LONG.slice(0, 1) });
  return { ...simulated, ...(await benchNetworkReal()) };
}
