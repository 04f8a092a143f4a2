/**
 * The abusers' process, with the lowest priority, so that it does not take from the switch what both share. Told
 * `{ begin: kinds, plan }` it abuses, told `{ end: true }` it stops, and tells what it did when all its connections are closed.
 */
import { constants, setPriority } from 'node:os';
import type { Stop, Tally } from './attack.js';
import { churn, idle } from './connections.js';
import { flood, garbage, slowReaders, slowSenders } from './messages.js';
import type { Kind, Plan } from './plan.js';

export type Order = { readonly begin: readonly Kind[]; readonly plan: Plan } | { readonly end: true };
export type Tallies = Readonly<Partial<Record<Kind, Tally>>>;

const WAYS: Readonly<Record<Kind, (plan: Plan, tally: Tally) => Stop>> = {
  'slow-senders': slowSenders,
  'slow-readers': slowReaders,
  flood,
  garbage,
  idle,
  churn,
};

let stops: Stop[] = [];
let tallies: Partial<Record<Kind, Tally>> = {};

async function obey(order: Order): Promise<void> {
  if ('begin' in order) {
    tallies = {};
    stops = order.begin.map((kind) => {
      const tally: Tally = { connections: 0, packets: 0 };
      tallies[kind] = tally;
      return WAYS[kind](order.plan, tally);
    });
  } else {
    await Promise.all(stops.map((stop) => stop()));
    process.send?.(tallies satisfies Tallies);
  }
}

setPriority(constants.priority.PRIORITY_LOW);
process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit(0));
