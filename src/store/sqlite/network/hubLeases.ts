/**
 * Merchants' money that is out at switches, in the hub's ledger: it stands on an account of the switch's for each
 * merchant until it comes back, spent or not; what of it is spent, the sales tell.
 */
import { MERCHANT, type Posting } from '../../ledgerVerbs.js';
import type { Lease } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Connection } from '../database.js';
import { packEffects } from '../effects.js';
import type { Handler } from '../journal.js';

/** The account: this, the switch's name, a colon, the merchant's id. */
export const LEASED = 'lease:';

/** From the merchant's own account to what is leased to the switch; below zero it comes back. An adjustment of the hub's. */
export function postMoved(
  books: Books,
  switchName: string,
  { merchant, currency, amount }: Lease,
  why: string,
  at: number,
): void {
  const postings: Posting[] = [
    { account: `${MERCHANT}${merchant}`, currency, amount: -amount, floor: null },
    { account: `${LEASED}${switchName}:${merchant}`, currency, amount, floor: null },
  ];
  const effects = { postings, usage: [] };
  const { lastInsertRowid } = books.db
    .prepare<[string, number, string | null]>(
      "INSERT INTO adjustment (reference, decided_by, why, at, effects) VALUES (NULL, 'hub', ?, ?, ?)",
    )
    .run(why, at, packEffects(effects));
  books.money.hold(-Number(lastInsertRowid), effects, '', at);
}

/** What a contact says of money. */
export class LeaseBook {
  readonly #books: Books;
  readonly #leased;
  readonly #giveBack;
  readonly #left;

  constructor(books: Books) {
    this.#books = books;
    const of = 'WHERE holder = ? AND merchant = ? AND currency = ?';
    this.#leased = books.db
      .prepare<[number, string, string], number>(`SELECT leased FROM lease ${of}`)
      .pluck();
    this.#giveBack = books.db.prepare<[number, number, number, string, string]>(
      `UPDATE lease SET leased = leased - ?, left = max(0, left - ?) ${of}`,
    );
    this.#left = books.db.prepare<[number, number, string, string]>(`UPDATE lease SET left = ? ${of}`);
  }

  /** The first of these that gives back what this holder does not have. */
  excess(holder: number, returns: readonly Lease[]): Lease | undefined {
    const sums = new Map<string, number>();
    return returns.find(({ merchant, currency, amount }) => {
      const key = `${currency}|${merchant}`;
      const sum = (sums.get(key) ?? 0) + amount;
      sums.set(key, sum);
      return amount <= 0 || sum > (this.#leased.get(holder, merchant, currency) ?? 0);
    });
  }

  /** What of it this holder has, beside what it gives back already. */
  atMost(holder: number, lease: Lease, returns: readonly Lease[]): Lease {
    const { merchant, currency, amount } = lease;
    let leased = this.#leased.get(holder, merchant, currency) ?? 0;
    for (const other of returns)
      if (other.merchant === merchant && other.currency === currency) leased -= other.amount;
    return { ...lease, amount: Math.max(0, Math.min(amount, leased)) };
  }

  takeBack(switchName: string, holder: number, lease: Lease, at: number): void {
    const { merchant, currency, amount } = lease;
    const back = { merchant, currency, amount: -amount };
    postMoved(this.#books, switchName, back, `returned by ${switchName}`, at);
    this.#giveBack.run(amount, amount, holder, merchant, currency);
  }

  setLeft(holder: number, { merchant, currency, amount }: Lease): void {
    this.#left.run(amount, holder, merchant, currency);
  }
}

/** Of the present epochs. */
export function leases(db: Connection): Handler {
  const select = db.prepare(
    `SELECT network_switch.id AS switchId, merchant, currency, leased, left FROM lease
     JOIN network_switch ON network_switch.holder = lease.holder ORDER BY switchId, merchant, currency`,
  );
  return (_, out) => {
    out.push(select.all());
  };
}
