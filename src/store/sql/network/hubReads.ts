/** Reading verbs of a hub's side. */
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import type { Read } from '../operations.js';
import { leases } from './hubLeases.js';
import { expiring, holdings } from './hubLevels.js';
import { recalls } from './hubRecalls.js';
import { demand } from './hubSales.js';
import { behind, switches } from './hubSwitches.js';
import { transfersAfter } from './hubTransfers.js';

type HubRead = Extract<
  Read,
  'switches' | 'transfersAfter' | 'recalls' | 'holdings' | 'expiring' | 'demand' | 'leases' | 'behind'
>;

export function hubReads(db: Connection): Record<HubRead, Handler> {
  return {
    switches: switches(db),
    transfersAfter: transfersAfter(db),
    recalls: recalls(db),
    holdings: holdings(db),
    expiring: expiring(db),
    demand: demand(db),
    leases: leases(db),
    behind: behind(db),
  };
}
