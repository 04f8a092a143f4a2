/**
 * Contacts with the hub, and the changes that they tell.
 *
 * Stops after a contact was begun: it is on disk, and the same one is made again, whether the hub had it or not.
 * Stops before its end is on disk: the hub knows it as a repeat. Changes are dropped in portions, so that no sale
 * waits long; what is left over goes with the next contact.
 */
import { SafeError } from '../../../base/errors.js';
import type { Contact, ContactEnd, NetworkChange, PinChange } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

/** Changes that are dropped in one commit: some 5 ms. */
const DROPPED_MAX = 10_000;

type Chain = Contact;
const CHAIN = 'SELECT contact, link, next_link AS nextLink FROM membership';

export function beginContact(books: Books): Handler {
  const chain = books.db.prepare<[], Chain>(CHAIN);
  const begin = books.db.prepare<[string]>('UPDATE membership SET next_link = ?');
  return (input, out) => {
    const nextLink = input.text();
    const last = chain.get();
    if (!last) throw new SafeError('network: not a member');
    if (last.nextLink === '') begin.run(nextLink);
    const contact = { ...last, contact: last.contact + 1, nextLink: last.nextLink || nextLink };
    out.push(contact satisfies Contact);
  };
}

export const DROP_TOLD = `DELETE FROM network_change WHERE id <=
  min((SELECT told_change FROM membership), (SELECT min(id) FROM network_change) + ?)`;

export function endContact(books: Books): Handler {
  const chain = books.db.prepare<[], Chain>(CHAIN);
  const end = books.db.prepare<(string | number)[]>(
    `UPDATE membership SET contact = contact + 1, link = next_link, next_link = '', contact_at = ?,
     told_change = max(told_change, ?), told_journal = max(told_journal, ?),
     told_settling = max(told_settling, ?)`,
  );
  const drop = books.db.prepare<[number]>(DROP_TOLD);
  return (input, out) => {
    const { link, at, change, journal, settling } = input.object<ContactEnd>();
    const last = chain.get();
    const isUnderWay = last !== undefined && last.nextLink !== '' && last.nextLink === link;
    if (isUnderWay) {
      end.run(at, change, journal, settling);
      drop.run(DROPPED_MAX - 1);
    }
    out.push(isUnderWay ? 1 : 0);
  };
}

interface ChangeRow {
  readonly id: number;
  readonly custody: PinChange;
  readonly merchant: string;
  readonly currency: string;
  readonly amount: number;
  /** Null for money. */
  readonly mark: string | null;
}

export const CHANGES = `SELECT network_change.id, network_change.custody, merchant, currency, amount, mark
  FROM network_change LEFT JOIN pin ON pin.id = network_change.pin
  WHERE network_change.id > ? ORDER BY network_change.id LIMIT ?`;

export function changes(db: Connection): Handler {
  const select = db.prepare<[number, number], ChangeRow>(CHANGES);
  return (input, out) => {
    const rows = select.all(input.number(), input.number());
    out.push(
      rows.map(({ id, custody, merchant, currency, amount, mark }): NetworkChange => {
        return mark === null
          ? { kind: 'lease', id, merchant, currency, amount }
          : { kind: 'pin', id, mark, custody };
      }),
    );
  };
}
