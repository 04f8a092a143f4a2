/**
 * What the hub asks back: PINs that are still for sale here, money that is left. A recall is carried out whole or not at
 * all, once by its number, in one commit with the changes that tell the hub; a stop before that commit leaves it to be
 * carried out, after it the hub learns of it by the changes.
 */
import { MERCHANT } from '../../ledgerVerbs.js';
import type { Recall } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import { transferOf } from './changeLog.js';
import { leasedHere, postLeases } from './leases.js';
import { MEMBERSHIP, type MembershipRow } from './membership.js';

type Asked<Kind extends Recall['kind']> = Extract<Recall, { kind: Kind }>;

const forSale = (order: string): string => `SELECT id FROM pin
  WHERE product = ? AND custody = 'stock' AND transfer >= ? ORDER BY expiry ${order}, id ${order} LIMIT ?`;
export const SOONEST = forSale('');
export const LATEST_EXPIRY = forSale('DESC');

export function giveBack(books: Books): Handler {
  const known = books.db.prepare<[], MembershipRow>(MEMBERSHIP);
  const done = books.db.prepare<[number]>('UPDATE membership SET recall = ?');
  const select = {
    soonest: books.db.prepare<[string, number, number], number>(SOONEST).pluck(),
    latest: books.db.prepare<[string, number, number], number>(LATEST_EXPIRY).pluck(),
  };
  const pins = ({ product, count, first }: Asked<'pins'>, { enrolment }: MembershipRow): void => {
    const ids = select[first].all(product, transferOf(enrolment, 0), count);
    for (const id of ids) books.pins.move(id, 'stock', 'returned', null);
    books.shelf.forget(product);
  };
  return (input, out) => {
    const recall = input.object<Recall>();
    const at = input.number();
    const member = known.get();
    // What a stopped one has may be sold elsewhere by now: it gives nothing on.
    if (member?.stopped !== '' || recall.number <= member.recall) {
      out.push(0);
      return;
    }
    if (recall.kind === 'pins') pins(recall, member);
    else giveMoneyBack(books, recall, at);
    done.run(recall.number);
    out.push(1);
  };
}

/** At most what is there, and what was leased: more of it would not be the hub's. */
function giveMoneyBack(
  books: Books,
  { number, merchant, currency, amount }: Asked<'lease'>,
  at: number,
): void {
  const left = books.money.ledger.balanceOf(`${MERCHANT}${merchant}`, currency);
  const given = Math.min(amount, left, leasedHere(books.db, merchant, currency));
  if (given <= 0) return;
  postLeases(books, [{ merchant, currency, amount: -given }], `recall ${number}`, at);
  books.log.addLease(merchant, currency, given);
}
