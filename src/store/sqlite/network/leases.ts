/** Merchants' money that the hub has leased, in this switch's ledger: what a merchant gains, the hub's account loses. */
import { HUB, MERCHANT, type Posting } from '../../ledgerVerbs.js';
import type { Lease } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import { packEffects } from '../effects.js';

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
  const effects = { postings, usage: [] };
  const { lastInsertRowid } = books.db
    .prepare<[string, number, string | null]>(
      "INSERT INTO adjustment (reference, decided_by, why, at, effects) VALUES (NULL, 'hub', ?, ?, ?)",
    )
    .run(why, at, packEffects(effects));
  books.money.hold(-Number(lastInsertRowid), effects, '', at);
}

/** What is left in merchants' accounts. What a merchant owes stays owed. After books.write(). */
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
}
