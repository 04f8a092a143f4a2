/**
 * The contract of every store: one suite, run unchanged on each, through the Store interface alone.
 * A property may only be tested here if every implementation must have it.
 */
import t from 'tap';
import type { NewPlace } from './place.js';
import { archives } from './store/archives.js';
import { batches } from './store/batches.js';
import { cards } from './store/cards.js';
import { catalogue } from './store/catalogue.js';
import { closing } from './store/closing.js';
import { credits } from './store/credits.js';
import { days } from './store/days.js';
import { decisions } from './store/decisions.js';
import { forwardings } from './store/forwardings.js';
import { hubContacts } from './store/hubContacts.js';
import { hubEnrolment } from './store/hubEnrolment.js';
import { hubLeases } from './store/hubLeases.js';
import { hubRestating } from './store/hubRestating.js';
import { hubTransfers } from './store/hubTransfers.js';
import { intake } from './store/intake.js';
import { member } from './store/member.js';
import { memberMoves } from './store/memberMoves.js';
import { memberTold } from './store/memberTold.js';
import { memory } from './store/memory.js';
import { money } from './store/money.js';
import { orders } from './store/orders.js';
import { originals } from './store/originals.js';
import { records } from './store/records.js';
import { reports } from './store/reports.js';
import { resolvingByHand } from './store/resolving.js';
import { reversals } from './store/reversals.js';
import { sales } from './store/sales.js';
import { tombstones } from './store/tombstones.js';
import { trail } from './store/trail.js';
import { waiting } from './store/waiting.js';

/** What a terminal's message comes to, and what is behind it: two files run them, so that they may run at once. */
const PARTS = {
  transactions: {
    sales,
    waiting,
    batches,
    closing,
    forwardings,
    reversals,
    originals,
    tombstones,
    decisions,
    credits,
    resolvingByHand,
  },
  books: {
    intake,
    money,
    memory,
    member,
    memberMoves,
    memberTold,
    records,
    cards,
    catalogue,
    reports,
    archives,
    trail,
    days,
    hubTransfers,
    hubRestating,
    hubLeases,
    hubEnrolment,
    hubContacts,
    orders,
  },
};

/** Parts at once: most of their time is waiting for the disk and for threads to start. */
const JOBS = 4;

export function contract(name: string, place: NewPlace, parts: keyof typeof PARTS): void {
  t.jobs = JOBS;
  for (const [title, part] of Object.entries(PARTS[parts])) {
    t.test(`${name}: ${title}`, { buffered: true }, (test) => part(test, place));
  }
}
