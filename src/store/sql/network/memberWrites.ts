/** Writing verbs of a member switch's side, by name. */
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import type { Write } from '../operations.js';
import { beginContact, endContact } from './contacts.js';
import { giveBack } from './givingBack.js';
import { join, stopSelling, tookRevision } from './membership.js';
import { adoptKeyBatch, transferIn } from './transfersIn.js';

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

export function memberWrites(books: Books): Record<MemberWrite, Handler> {
  return {
    join: join(books),
    stopSelling: stopSelling(books),
    tookRevision: tookRevision(books),
    beginContact: beginContact(books),
    endContact: endContact(books),
    adoptKeyBatch: adoptKeyBatch(books),
    transferIn: transferIn(books),
    giveBack: giveBack(books),
  };
}
