/**
 * One peer of the codec's bench in a process of its own, so that neither collects the other's garbage nor is
 * compiled for the other's types. Its parent, codec.ts, names it in the first argument, then asks for one round at a
 * time: { task, ms } is answered with calls a second.
 */
import { PEERS, type PeerName, type Task } from './codec-tasks.js';

export interface Round {
  readonly task: Task;
  readonly ms: number;
}

/** Calls between two looks at the clock. */
const BATCH = 50;

const tasks = PEERS[process.argv[2] as PeerName]();

/** Calls a second over one round. */
function rate(task: () => unknown, ms: number): number {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < BATCH; i += 1) task();
    calls += BATCH;
    elapsed = performance.now() - start;
  } while (elapsed < ms);
  return (calls * 1000) / elapsed;
}

process.on('message', (round: Round) => {
  process.send?.(rate(tasks[round.task], round.ms));
});
