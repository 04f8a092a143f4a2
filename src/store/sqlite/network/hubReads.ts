/** Reading verbs of a hub's side. */
import type { Connection } from '../database.js';
import type { Handler } from '../journal.js';
import type { Read } from '../operations.js';

type HubRead = Extract<
  Read,
  'switches' | 'transfersAfter' | 'recalls' | 'holdings' | 'expiring' | 'demand' | 'leases' | 'behind'
>;

export function hubReads(_db: Connection): Record<HubRead, Handler> {
  const todo: Handler = () => {
    throw new Error('not here yet');
  };
  return {
    switches: todo,
    transfersAfter: todo,
    recalls: todo,
    holdings: todo,
    expiring: todo,
    demand: todo,
    leases: todo,
    behind: todo,
  };
}
