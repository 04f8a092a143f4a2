/** Writing verbs of a member switch's side. */
import type { Books } from '../books.js';
import type { Handler } from '../journal.js';
import type { Write } from '../operations.js';

type MemberWrite = Extract<
  Write,
  | 'join'
  | 'stopSelling'
  | 'tookRevision'
  | 'beginContact'
  | 'endContact'
  | 'adoptKeyBatch'
  | 'transferIn'
  | 'giveBack'
>;

export function memberWrites(_books: Books): Record<MemberWrite, Handler> {
  const todo: Handler = () => {
    throw new Error('not here yet');
  };
  return {
    join: todo,
    stopSelling: todo,
    tookRevision: todo,
    beginContact: todo,
    endContact: todo,
    adoptKeyBatch: todo,
    transferIn: todo,
    giveBack: todo,
  };
}
