/**
 * Merchants' money that is out at switches, in the hub's ledger: it stands on an account of the switch's for each
 * merchant until it comes back, spent or not; what of it is spent, the sales tell.
 */
import { MERCHANT, type Posting } from '../../ledgerVerbs.js';
import type { Lease } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import { postAsHub } from '../money/posting.js';
import type { SwitchRow } from './hubSwitches.js';

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
  postAsHub(books, postings, why, at);
}

/** What a contact says of money. */
export class LeaseBook {
  readonly #books: Books;
  readonly #leased;
  readonly #giveBack;
  readonly #left;
  readonly #underWay;
  readonly #lend;

  constructor(books: Books) {
    this.#books = books;
    const of = 'WHERE holder = ? AND merchant = ? AND currency = ?';
    this.#leased = books.db
      .prepare<[number, string, string], number>(`SELECT leased FROM lease ${of}`)
      .pluck();
    this.#giveBack = books.db.prepare<[number, number, number, string, string]>(
      `UPDATE lease SET leased = leased - ?, "left" = max(0, "left" - ?) ${of}`,
    );
    this.#underWay = books.db
      .prepare<[number, number, string, string], number>(
        `SELECT sum(count) FROM network_transfer
         WHERE holder = ? AND number > ? AND merchant = ? AND currency = ?`,
      )
      .pluck();
    this.#lend = books.db.prepare<[number, string, string, number]>(
      `INSERT INTO lease (holder, merchant, currency, leased, "left") VALUES (?, ?, ?, ?, 0)
       ON CONFLICT (holder, merchant, currency) DO UPDATE SET leased = lease.leased + excluded.leased`,
    );
    this.#left = books.db.prepare<[number, number, string, string]>(`UPDATE lease SET "left" = ? ${of}`);
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

  /** Sets right what these books say is out there: as the switch had it after that transfer, and what follows it. */
  restate(
    { name, holder }: SwitchRow,
    { merchant, currency, amount }: Lease,
    transfer: number,
    at: number,
  ): void {
    const leased = this.#leased.get(holder, merchant, currency) ?? 0;
    const missing = amount + (this.#underWay.get(holder, transfer, merchant, currency) ?? 0) - leased;
    if (missing === 0) return;
    postMoved(this.#books, name, { merchant, currency, amount: missing }, `restated by ${name}`, at);
    this.#lend.run(holder, merchant, currency, missing);
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

/** Of the present epochs. What a merchant has there beyond what was leased is not the hub's to recall. */
export function leases(db: Connection): Handler {
  const select = db.prepare(
    `SELECT network_switch.id AS switchId, merchant, currency, leased, min("left", leased) AS "left" FROM lease
     JOIN network_switch ON network_switch.holder = lease.holder ORDER BY switchId, merchant, currency`,
  );
  return (_, out) => {
    out.push(select.all());
  };
}
