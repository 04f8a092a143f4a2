/**
 * Bench by name: durable PIN sales of a switch whose link is recorded, masked, beside one that is not recorded. The two
 * are asked at one time, each by a load of its own, so that what else the machine does is felt by both; the ratio is
 * the median of the rounds'.
 */
import { load, startBenchSwitch } from './servers.js';

const PINS = 300_000;
const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;

export async function benchRecording(): Promise<Record<string, number>> {
  const plain = await startBenchSwitch(PINS);
  const recorded = await startBenchSwitch(PINS, true);
  const sell = async (seconds: number): Promise<readonly [number, number]> => {
    const both = [plain, recorded].map(({ port }) => load(port, CONNECTIONS, 1, seconds, []));
    const [one, other] = await Promise.all(both);
    return [one?.perSecond ?? 0, other?.perSecond ?? 0];
  };
  await sell(1);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [without, with_] = await sell(SECONDS);
    ratios.push(with_ / without);
    process.stdout.write(`not recorded ${without.toFixed(0)} sales/s, recorded ${with_.toFixed(0)}\n`);
  }
  await plain.stop();
  await recorded.stop();
  const ratio = ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  process.stdout.write(`ratio ${ratio.toFixed(2)}\n`);
  return { 'recording.ratio': ratio };
}
