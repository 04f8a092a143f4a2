/** Reading verbs of a member switch's side, by name. */
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import type { Read } from '../operations.js';
import { changes } from './contacts.js';
import { statementOfLeases } from './leases.js';
import { membership } from './membership.js';
import { networkSales } from './salesPortion.js';
import { heldPins, statementOfStock } from './stockStatement.js';
import { adoptedKeyBatches } from './transfersIn.js';

type MemberRead = Extract<
  Read,
  | 'membership'
  | 'adoptedKeyBatches'
  | 'changes'
  | 'networkSales'
  | 'statementOfStock'
  | 'statementOfLeases'
  | 'heldPins'
>;

export function memberReads(db: Connection): Record<MemberRead, Handler> {
  return {
    membership: membership(db),
    adoptedKeyBatches: adoptedKeyBatches(db),
    changes: changes(db),
    networkSales: networkSales(db),
    statementOfStock: statementOfStock(db),
    statementOfLeases: statementOfLeases(db),
    heldPins: heldPins(db),
  };
}
