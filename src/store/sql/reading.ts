/** The thread that reads: verb by verb, each in a snapshot of its own, so that an audit never delays a sale. */
import { type Cursor, type Flat, STATUS } from './crossing/flat.js';
import type { Connection } from './engine.js';
import { verbsOf } from './group.js';
import { READS } from './operations.js';
import { readHandlers } from './reads.js';
import { closed, type Faults, type Incoming, notify, type Port } from './thread.js';

export interface ReadingHooks extends Faults {
  readonly db: Connection;
  /** A snapshot of its own for each verb. */
  begin(): void;
  end(): void;
  /** How many other processes serve from these books; without it: none can. */
  others?(): number;
  /** Whether this process is the one of them that does what only one may; without it: it is. */
  leads?(): boolean;
  checkpoint?(): void;
  close(): void;
}

export function reading(port: Port, hooks: ReadingHooks): (message: Incoming) => void {
  const handlers = readHandlers(hooks.db, {
    others: () => hooks.others?.() ?? 0,
    leads: () => hooks.leads?.() ?? true,
  });
  const operations = READS.map((name) => handlers[name]);
  const read = (input: Cursor, out: Flat): void => {
    const start = out.length;
    const handler = operations[input.values[input.at] as number];
    input.at += 2;
    try {
      hooks.begin();
      out.push(STATUS.done);
      handler?.(input, out);
    } catch (error) {
      const fault = hooks.faultOf(error);
      if (fault === 'broken') throw error;
      out.length = start;
      if (fault === 'invalid') out.push(STATUS.invalid, hooks.faultText(error));
      else out.push(STATUS[fault]);
    } finally {
      hooks.end();
    }
  };
  return (message) => {
    if (message === 'close') {
      hooks.close();
      closed(port);
      return;
    }
    if (message === 'checkpoint') {
      hooks.checkpoint?.();
      notify(port, 'checkpoint');
      return;
    }
    if (message === 'settle') return;
    const out: Flat = [];
    for (const input of verbsOf(message)) read(input, out);
    port.postMessage(out);
  };
}
