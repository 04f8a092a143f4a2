/** The abusers' process as the campaign has it: started once, told to begin and to end. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/base/root.js';
import { childEnvironment } from '../../../test/support/process.js';
import type { Order, Tallies } from './abuser.js';
import type { Kind, Plan } from './plan.js';

const PROGRAM = join(packageRoot(), 'dist/scripts/campaigns/abuse/abuser.js');
/** Descriptors of a process beside its sockets, and beside the other abusers' sockets. */
const DESCRIPTORS_BESIDE = 1_000;

export class Gang {
  readonly #child: ChildProcess;

  /** Throws where the system does not let a process have as many sockets as the plan wants. */
  constructor(connections: number) {
    // Node raises the soft limit to the hard one when it starts.
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (Number(hard ?? Number.POSITIVE_INFINITY) < connections + DESCRIPTORS_BESIDE)
      throw new Error(`${connections} connections need ulimit -Hn ${connections + DESCRIPTORS_BESIDE}`);
    this.#child = fork(PROGRAM, { execArgv: [], env: childEnvironment() });
  }

  begin(kinds: readonly Kind[], plan: Plan): void {
    this.#tell({ begin: kinds, plan });
  }

  /** Resolves when all the abusers' connections are closed, with what they did. */
  end(): Promise<Tallies> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (tallies) => resolve(tallies as Tallies));
      this.#child.once('exit', (code) => reject(new Error(`the abusers ended with ${code}`)));
      this.#tell({ end: true });
    });
  }

  disband(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill();
  }

  #tell(order: Order): void {
    this.#child.send(order);
  }
}
