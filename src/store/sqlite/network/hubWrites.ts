/** Writing verbs of a hub's side. */
import type { Books } from '../books.js';
import type { Handler } from '../journal.js';
import type { Write } from '../operations.js';

type HubWrite = Extract<
  Write,
  'invite' | 'enrol' | 'retire' | 'contact' | 'allocate' | 'leaseOut' | 'recallFrom' | 'restate' | 'recover'
>;

export function hubWrites(_books: Books): Record<HubWrite, Handler> {
  const todo: Handler = () => {
    throw new Error('not here yet');
  };
  return {
    invite: todo,
    enrol: todo,
    retire: todo,
    contact: todo,
    allocate: todo,
    leaseOut: todo,
    recallFrom: todo,
    restate: todo,
    recover: todo,
  };
}
