/**
 * What the hub gives: PINs, and parts of merchants' money, as numbered transfers. A transfer is committed before a byte
 * of it leaves.
 *
 * Stops before that commit: nothing was given. Stops after it: it stands among the transfers that the switch has not
 * applied, and is sent until it has; asked again under the same name, it is found.
 */

import type { Allocation, LeaseOut } from '../../hubVerbs.js';
import { MERCHANT } from '../../ledgerVerbs.js';
import type { Books } from '../books.js';
import type { Flat } from '../crossing/flat.js';
import type { Handler } from '../journal/journal.js';
import { Holdings } from './hubHoldings.js';
import { postMoved } from './hubLeases.js';
import { isServed, Switches, type SwitchRow } from './hubSwitches.js';

export const ALLOCATE = `UPDATE pin SET custody = 'transit', holder = ?, transfer = ? WHERE id IN
  (SELECT id FROM pin WHERE product = ? AND custody = 'stock' AND expiry >= ? ORDER BY expiry, id LIMIT ?)
  RETURNING mark`;

interface Known {
  readonly number: number;
  readonly count: number;
}

interface Made {
  readonly ask: string;
  readonly product: string;
  readonly merchant: string;
  readonly currency: string;
  readonly count: number;
  readonly at: number;
}

class Transfers {
  readonly #switches;
  readonly #known;
  readonly #add;
  readonly #count;

  constructor({ db }: Books) {
    this.#switches = new Switches(db);
    this.#known = db.prepare<[number, string], Known>(
      "SELECT number, count FROM network_transfer WHERE holder = ? AND ask = ? AND ask <> ''",
    );
    this.#add = db.prepare<(number | string)[]>(
      `INSERT INTO network_transfer (holder, number, ask, product, merchant, currency, count, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#count = db.prepare<[number, number]>('UPDATE network_switch SET transfer = ? WHERE id = ?');
  }

  /** The switch, if something may be given to it under this asking; else the result is out. */
  open(switchId: number, ask: string, out: Flat): SwitchRow | undefined {
    const row = this.#switches.byId(switchId);
    if (!row || !isServed(row)) {
      out.push({ kind: 'refused', why: 'not-active' });
      return undefined;
    }
    const known = this.#known.get(row.holder, ask);
    if (known) {
      out.push({ kind: 'known', ...known });
      return undefined;
    }
    if (this.#switches.behind() === '') return row;
    out.push({ kind: 'refused', why: 'hub-behind' });
    return undefined;
  }

  /** Records the next transfer. */
  close({ id, holder, transfer }: SwitchRow, made: Made, out: Flat): void {
    const number = transfer + 1;
    const { ask, product, merchant, currency, count, at } = made;
    this.#add.run(holder, number, ask, product, merchant, currency, count, at);
    this.#count.run(number, id);
    out.push({ kind: 'transferred', number, count });
  }
}

export function allocate(books: Books): Handler {
  const transfers = new Transfers(books);
  const holdings = new Holdings(books);
  const give = books.db.prepare<[number, number, string, string, number], string>(ALLOCATE).pluck();
  return (input, out) => {
    const { switchId, product, count, notBefore, ask, at } = input.object<Allocation>();
    const row = transfers.open(switchId, ask, out);
    if (!row) return;
    const marks = give.all(row.holder, row.transfer + 1, product, notBefore, count);
    if (marks.length === 0) {
      out.push({ kind: 'nothing' });
      return;
    }
    holdings.move(
      product,
      { holder: 0, custody: 'stock' },
      { holder: row.holder, custody: 'transit' },
      marks,
    );
    holdings.write();
    transfers.close(row, { ask, product, merchant: '', currency: '', count: marks.length, at }, out);
  };
}

export function leaseOut(books: Books): Handler {
  const transfers = new Transfers(books);
  const lease = books.db.prepare<[number, string, string, number, number]>(
    `INSERT INTO lease (holder, merchant, currency, leased, "left") VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (holder, merchant, currency) DO UPDATE
     SET leased = lease.leased + excluded.leased, "left" = lease."left" + excluded."left"`,
  );
  return (input, out) => {
    const { switchId, merchant, currency, amount, floor, ask, at } = input.object<LeaseOut>();
    const row = transfers.open(switchId, ask, out);
    if (!row) return;
    const free = books.money.ledger.balanceOf(`${MERCHANT}${merchant}`, currency) - floor;
    const count = Math.min(amount, free);
    if (count <= 0) {
      out.push({ kind: 'nothing' });
      return;
    }
    const why = `lease to ${row.name}, transfer ${row.transfer + 1}`;
    postMoved(books, row.name, { merchant, currency, amount: count }, why, at);
    lease.run(row.holder, merchant, currency, count, count);
    transfers.close(row, { ask, product: '', merchant, currency, count, at }, out);
  };
}
