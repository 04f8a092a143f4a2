/**
 * The membership's own row: entering a network, entering it anew, stopping.
 *
 * Stops before a join's commit: no member, or the former enrolment, whose hub refuses it; the next attempt joins.
 * Stops after it: a member; the same join again changes nothing but where the hub is and what is sealed. Stops before a stop's commit:
 * the hub refuses the next contact again, before anything is sold.
 */
import type { Joining, Membership } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import { takeOutLeases } from './leases.js';

export const MEMBERSHIP = `SELECT network, name, epoch, hub, hub_key AS hubKey, secrets, stopped, transfer, recall,
  contact, link, next_link AS nextLink, contact_at AS contactAt, told_change AS toldChange, told_journal AS toldJournal,
  told_settling AS toldSettling, revision, enrolment FROM membership`;

/** With what only this database counts. */
export interface MembershipRow extends Membership {
  readonly enrolment: number;
}

/** PINs in one recorded decision. */
const DECISION_PINS = 10_000;

export function membership(db: Connection): Handler {
  const select = db.prepare<[], MembershipRow>(MEMBERSHIP);
  return (_, out) => {
    const row = select.get();
    if (!row) {
      out.push(null);
      return;
    }
    const { enrolment: _own, ...told } = row;
    out.push(told satisfies Membership);
  };
}

export function join(books: Books): Handler {
  const { db, log } = books;
  const known = db.prepare<[], MembershipRow>(MEMBERSHIP);
  const isTaken = db
    .prepare<[], number>("SELECT 1 FROM pin WHERE custody = 'stock' AND transfer = 0 LIMIT 1")
    .pluck();
  const insert = db.prepare<(string | number | Uint8Array)[]>(
    `INSERT INTO membership (id, network, name, epoch, hub, hub_key, secrets, stopped, transfer, recall, contact, link,
     next_link, contact_at, told_change, told_journal, told_settling, revision, enrolment, first_enrolment, came)
     VALUES (1, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, '', '', 0, 0, 0, 0, 0, 1, 1, 0)`,
  );
  const renew = db.prepare<(string | number | Uint8Array)[]>(
    `UPDATE membership SET enrolment = enrolment + 1,
     first_enrolment = CASE network WHEN ? THEN first_enrolment ELSE enrolment + 1 END,
     told_journal = CASE network WHEN ? THEN told_journal ELSE 0 END,
     told_settling = CASE network WHEN ? THEN told_settling ELSE 0 END, network = ?, name = ?, epoch = ?,
     hub = ?, hub_key = ?, secrets = ?, stopped = '', transfer = 0, recall = 0, contact = 0, link = '', next_link = '',
     contact_at = 0, told_change = 0, revision = 0`,
  );
  const again = db.prepare<[string, string, Uint8Array]>(
    'UPDATE membership SET hub = ?, hub_key = ?, secrets = ?',
  );
  return (input, out) => {
    const { network, name, epoch, hub, hubKey, secrets } = input.object<Joining>();
    const at = input.number();
    const before = known.get();
    if (before && before.network === network && before.name === name && before.epoch === epoch) {
      again.run(hub, hubKey, secrets);
      out.push(1);
      return;
    }
    if (isTaken.get() !== undefined) {
      out.push(0);
      return;
    }
    if (before) {
      leave(books, before, at);
      renew.run(network, network, network, network, name, epoch, hub, hubKey, secrets);
    } else insert.run(network, name, epoch, hub, hubKey, secrets);
    log.refresh();
    books.shelf.forgetAll();
    out.push(1);
  };
}

/** What the former enrolment left: its stock out of sale, its money out of the merchants' accounts, its log empty. */
function leave(books: Books, { network, name, epoch }: Membership, at: number): void {
  const { db, levels } = books;
  books.write();
  const of = db
    .prepare<[], { product: string; count: number }>(
      "SELECT product, count(*) AS count FROM pin WHERE custody = 'stock' GROUP BY product",
    )
    .all();
  const ids = db.prepare<[], number>("SELECT id FROM pin WHERE custody = 'stock' ORDER BY id").pluck().all();
  const record = db.prepare<(string | number)[]>(
    `INSERT INTO decision (decided_by, why, at, from_custody, to_custody, pins)
     VALUES ('join', ?, ?, 'stock', 'quarantined', ?)`,
  );
  const why = `left enrolment ${epoch} of ${name} in network ${network}`;
  for (let from = 0; from < ids.length; from += DECISION_PINS)
    record.run(why, at, ids.slice(from, from + DECISION_PINS).join());
  db.prepare("UPDATE pin SET custody = 'quarantined' WHERE custody = 'stock'").run();
  for (const { product, count } of of) levels.move(product, 'stock', 'quarantined', count);
  takeOutLeases(books, why, at);
  db.prepare('DELETE FROM network_change').run();
}

export function stopSelling(books: Books): Handler {
  const update = books.db.prepare<[string]>("UPDATE membership SET stopped = ? WHERE stopped = ''");
  return (input) => {
    update.run(input.text());
    books.log.refresh();
    books.shelf.forgetAll();
  };
}

export function tookRevision(books: Books): Handler {
  const update = books.db.prepare<[number]>('UPDATE membership SET revision = ?');
  return (input) => {
    update.run(input.number());
  };
}
