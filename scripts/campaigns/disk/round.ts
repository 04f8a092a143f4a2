/** One fault that comes to the disk of a selling switch and goes again, and what the switch has to do about it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../../src/base/chance.js';
import type { TestSwitch } from '../../../test/support/process.js';
import { eventually } from '../../../test/support/supplier.js';
import type { Fleet } from './fleet.js';
import { type DiskFault, faultText, isTotal, type Orders } from './orders.js';

/** Exit code of a switch whose store broke. */
const BROKEN = 70;
const BROKE = /"level":"fatal".*SQLITE_[A-Z_]+.*the store is broken/;
/** How long a switch that lives may take to sell again once the disk is whole, milliseconds. */
const GO_ON_MS = 20_000;

export interface RoundTally {
  ended: number;
  livedOn: number;
  /** Starts on a disk that failed, and how many of them were refused. */
  startsOnFault: number;
  startsRefused: number;
  failedCalls: number;
}

export interface Place {
  readonly orders: Orders;
  readonly fleet: Fleet;
  readonly violations: string[];
  readonly tally: RoundTally;
  readonly chance: Chance;
  /** Longest time that a fault stays, milliseconds. */
  readonly holdMsMax: number;
}

/** The switch that sells afterwards. */
export async function playRound(place: Place, running: TestSwitch, fault: DiskFault): Promise<TestSwitch> {
  const { orders, fleet, chance, holdMsMax, violations, tally } = place;
  const before = fleet.book.soldBy.size;
  const exited = running.child.exited;
  orders.fail(fault);
  // Only now: what was asked for before may have been committed.
  fleet.dead = isTotal(fault);
  await Promise.race([sleep(holdMsMax * (0.3 + 0.7 * chance.next())), exited]);
  if (fault.files === 'other' && !(await sold(fleet, before)))
    violations.push(`${faultText(fault)}: no sale, with the books' own files whole`);
  const isOver = running.child.process.exitCode !== null;
  if (isOver && chance.next() < 0.5) await startOnFault(place, running);
  tally.failedCalls += orders.failed;
  fleet.dead = false;
  orders.heal();
  const lived = !isOver && (await goesOn(fleet, exited));
  if (lived) {
    tally.livedOn += 1;
    return running;
  }
  if (running.child.process.exitCode === null) {
    violations.push(`${faultText(fault)}: sells no more`);
    return running;
  }
  tally.ended += 1;
  violations.push(...faultOfEnd(await exited, running.child.output(), fault));
  return running.restart();
}

function sold(fleet: Fleet, before: number): Promise<boolean> {
  return eventually(async () => fleet.book.soldBy.size > before, GO_ON_MS);
}

/** False where it ended instead, as it may when it meets what the fault left. */
async function goesOn(fleet: Fleet, exited: Promise<unknown>): Promise<boolean> {
  const before = fleet.book.soldBy.size;
  return Promise.race([sold(fleet, before), exited.then(() => false)]);
}

function faultOfEnd(code: number | null, output: string, fault: DiskFault): string[] {
  return code === BROKEN && BROKE.test(output)
    ? []
    : [`${faultText(fault)}: ended with ${code}: ${output.slice(-500)}`];
}

/** It sells, or is refused in words that name the folder, or ends as any other whose store breaks. */
async function startOnFault(
  { violations, tally, fleet }: Place,
  { restart, folder }: TestSwitch,
): Promise<void> {
  tally.startsOnFault += 1;
  try {
    const again = await restart();
    await Promise.race([again.child.exited, sold(fleet, fleet.book.soldBy.size), sleep(500)]);
    await again.child.kill();
  } catch (error) {
    tally.startsRefused += 1;
    const text = String(error);
    const isRefusal = /ended with [12] /.test(text) && text.includes(folder) && !/\n\s+at /.test(text);
    if (!isRefusal && !(text.includes(`ended with ${BROKEN} `) && BROKE.test(text)))
      violations.push(`a start on a disk that fails: ${text}`);
  }
}
