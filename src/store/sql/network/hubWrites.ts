/** Writing verbs of a hub's side. */
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import type { Write } from '../operations.js';
import { allocate, leaseOut } from './hubAllocation.js';
import { contact } from './hubContact.js';
import { enrol, invite, retire } from './hubEnrolment.js';
import { recallFrom } from './hubRecalls.js';
import { recover, restate } from './hubRestating.js';

type HubWrite = Extract<
  Write,
  'invite' | 'enrol' | 'retire' | 'contact' | 'allocate' | 'leaseOut' | 'recallFrom' | 'restate' | 'recover'
>;

export function hubWrites(books: Books): Record<HubWrite, Handler> {
  return {
    invite: invite(books),
    enrol: enrol(books),
    retire: retire(books),
    contact: contact(books),
    allocate: allocate(books),
    leaseOut: leaseOut(books),
    recallFrom: recallFrom(books),
    restate: restate(books),
    recover: recover(books),
  };
}
