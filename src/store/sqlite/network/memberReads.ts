/** Reading verbs of a member switch's side. */
import type { Connection } from '../database.js';
import type { Handler } from '../journal.js';
import type { Read } from '../operations.js';

type MemberRead = Extract<
  Read,
  'membership' | 'adoptedKeyBatches' | 'changes' | 'networkSales' | 'statementOfStock' | 'heldPins'
>;

export function memberReads(_db: Connection): Record<MemberRead, Handler> {
  const todo: Handler = () => {
    throw new Error('not here yet');
  };
  return {
    membership: todo,
    adoptedKeyBatches: todo,
    changes: todo,
    networkSales: todo,
    statementOfStock: todo,
    heldPins: todo,
  };
}
