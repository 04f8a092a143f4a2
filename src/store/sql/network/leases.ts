/**
 * Merchants' money that the hub has leased, in this switch's ledger: what a merchant gains, the hub's account loses.
 * What of each merchant's is the hub's stands in the table of leases, as holder 0: a merchant may have more, which was
 * never leased in this enrolment (a sale before it that was undone since), and no more than that goes back.
 */
import { HUB, MERCHANT, type Posting } from '../../ledgerVerbs.js';
import type { Lease, LeaseStatement } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import { postAsHub } from '../money/posting.js';
import { POSITION, type Position } from './stockStatement.js';

/** After every name that begins with MERCHANT. */
const LAST = `${MERCHANT}\u{10FFFF}`;

/** Recorded as an adjustment of the hub's. Below zero it goes back. */
export function postLeases(books: Books, leases: readonly Lease[], why: string, at: number): void {
  const postings = leases
    .filter(({ amount }) => amount !== 0)
    .flatMap(({ merchant, currency, amount }): Posting[] => [
      { account: `${MERCHANT}${merchant}`, currency, amount, floor: null },
      { account: HUB, currency, amount: -amount, floor: null },
    ]);
  if (postings.length === 0) return;
  postAsHub(books, postings, why, at);
  const count = books.db.prepare<[string, string, number]>(
    `INSERT INTO lease (holder, merchant, currency, leased, "left") VALUES (0, ?, ?, ?, 0)
     ON CONFLICT (holder, merchant, currency) DO UPDATE SET leased = lease.leased + excluded.leased`,
  );
  for (const { merchant, currency, amount } of leases) count.run(merchant, currency, amount);
}

/** What the hub may have back of it: minor units. */
export function leasedHere(db: Connection, merchant: string, currency: string): number {
  const select = db.prepare<[string, string], number>(
    'SELECT leased FROM lease WHERE holder = 0 AND merchant = ? AND currency = ?',
  );
  return select.pluck().get(merchant, currency) ?? 0;
}

export function statementOfLeases(db: Connection): Handler {
  const position = db.prepare<[], Position>(POSITION);
  const select = db.prepare<[], Lease>(
    'SELECT merchant, currency, leased AS amount FROM lease WHERE holder = 0 ORDER BY merchant, currency',
  );
  return (_, out) => {
    const { change, transfer } = position.get() ?? { change: 0, transfer: 0 };
    out.push({ change, transfer, leases: select.all() } satisfies LeaseStatement);
  };
}

/** What is left in merchants' accounts. What a merchant owes stays owed; leases begin anew. After books.write(). */
export function takeOutLeases(books: Books, why: string, at: number): void {
  const left = books.db
    .prepare<[string, string], { name: string; currency: string; balance: number }>(
      'SELECT name, currency, balance FROM ledger_account WHERE name >= ? AND name < ? AND balance > 0 ORDER BY id',
    )
    .all(MERCHANT, LAST);
  const leases = left.map(({ name, currency, balance }) => {
    return { merchant: name.slice(MERCHANT.length), currency, amount: -balance };
  });
  postLeases(books, leases, why, at);
  books.db.prepare('DELETE FROM lease WHERE holder = 0').run();
}
