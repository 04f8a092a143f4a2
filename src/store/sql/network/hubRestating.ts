/**
 * A hub whose books are older than its switches' (it was restored from a backup): each switch tells PIN by PIN what it
 * has or had, and that counts; and what of merchants' money is out there, which counts too, below a merchant's limit or
 * not. What nobody claims of what was out goes to quarantine, by a recorded decision.
 *
 * Stops before a portion's commit: it comes again. Stops after it: the same portion again changes nothing. Stops between
 * two: the switch begins again, and what it claimed before it claims the same.
 */
import type { Custody } from '../../../domain/transaction.js';
import type { Restating } from '../../hubVerbs.js';
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import { Arrivals } from './hubArrivals.js';
import { AS_HERE, homeCustody, PIN_BY_MARK, type PinRow } from './hubChanges.js';
import { Holdings } from './hubHoldings.js';
import { LeaseBook } from './hubLeases.js';
import { isServed, Switches, type SwitchRow } from './hubSwitches.js';

type Claim = Restating['pins'][number];

interface Unclaimed {
  readonly id: number;
  readonly product: string;
  readonly holder: number;
  readonly mark: string;
}

/** PINs in one recorded decision. */
const DECISION_PINS = 10_000;

const NO_CODE = Buffer.alloc(0);

export function restate(books: Books): Handler {
  const switches = new Switches(books.db);
  const claims = new Claims(books);
  const leases = new LeaseBook(books);
  // Changes up to it are in what was told of money: they move none again.
  const holdsUpTo = books.db.prepare<[number, number]>(
    'UPDATE network_switch SET restated_change = max(restated_change, ?) WHERE id = ?',
  );
  const end = books.db.prepare<(number | string)[]>(
    `UPDATE network_switch SET contact = ?, link = ?, transfer = max(transfer, ?), applied = max(applied, ?),
     recall = max(recall, ?), recalled = max(recalled, ?), change = max(change, ?), restated_change = ?, seen_at = ?,
     restated = 1 WHERE id = ?`,
  );
  return (input) => {
    const { switchId, pins, money, end: said, at } = input.object<Restating>();
    const row = switches.byId(switchId);
    // Only what is asked for counts, and only of those that are believed.
    if (!row || !isServed(row) || switches.behind() === '') return;
    for (const pin of pins) claims.enter(row, pin, at);
    claims.write(row, at);
    // Told before a contact that these books have by now: it is asked for again.
    if (money && money.through >= row.change) {
      for (const lease of money.leases) leases.restate(row, lease, money.transfer, at);
      holdsUpTo.run(money.through, row.id);
    }
    if (!said || said.through < row.change) return;
    const { transfer, recall, change, through } = said;
    // A contact that was taken meanwhile counts more than where the switch stood before it.
    const { contact, link } = said.contact > row.contact ? said : row;
    end.run(contact, link, transfer, transfer, recall, recall, change, through, at, row.id);
    claims.arrive(row.holder, transfer);
  };
}

export function recover(books: Books): Handler {
  const switches = new Switches(books.db);
  const lacking = books.db
    .prepare<[], number>(
      "SELECT count(*) FROM network_switch WHERE state = 'active' AND why = '' AND restated = 0",
    )
    .pluck();
  const claims = new Claims(books);
  return (input, out) => {
    const { by, why, at } = input.object<{ by: string; why: string; at: number }>();
    if (switches.behind() === '') {
      out.push(0);
      return;
    }
    if ((lacking.get() ?? 0) > 0) {
      out.push(null);
      return;
    }
    out.push(claims.settle(by, why, at));
    switches.caughtUp();
  };
}

class Claims {
  readonly #holdings;
  readonly #find;
  readonly #claim;
  readonly #claimed;
  readonly #move;
  readonly #add;
  readonly #taken;
  readonly #arrivals;
  readonly #unclaimed;
  readonly #record;
  readonly #counts;
  readonly #end;
  #added = 0;

  constructor(books: Books) {
    const { db } = books;
    this.#holdings = new Holdings(books);
    this.#arrivals = new Arrivals(books, this.#holdings);
    this.#find = db.prepare<[string], PinRow>(PIN_BY_MARK);
    this.#claim = db.prepare<[number, number]>(
      `INSERT INTO network_claim (pin, holder) VALUES (?, ?)
       ON CONFLICT (pin) DO UPDATE SET holder = excluded.holder`,
    );
    this.#claimed = db.prepare<[number], number>('SELECT holder FROM network_claim WHERE pin = ?').pluck();
    this.#move = db.prepare<[Custody, number, number, number]>(
      'UPDATE pin SET custody = ?, holder = ?, transfer = ? WHERE id = ?',
    );
    this.#add = db
      .prepare<(string | number | Uint8Array)[], number>(
        `INSERT INTO pin (custody, product, supplier, batch, sealed, mark, serial, expiry, holder)
       VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?) RETURNING id`,
      )
      .pluck();
    this.#taken = db.prepare<[string, number, number]>(
      `INSERT INTO intake (name, supplier, batch, progress, taken, refused, at) VALUES (?, '', 0, 0, ?, 0, ?)
       ON CONFLICT (name) DO UPDATE SET taken = intake.taken + excluded.taken, at = excluded.at`,
    );
    this.#unclaimed = db.prepare<[], Unclaimed>(
      `UPDATE pin SET custody = 'quarantined' WHERE custody = 'away'
       AND NOT EXISTS (SELECT 1 FROM network_claim WHERE network_claim.pin = pin.id)
       RETURNING id, product, holder, mark`,
    );
    this.#record = db.prepare<[string, string, number, string]>(
      `INSERT INTO decision (decided_by, why, at, from_custody, to_custody, pins)
       VALUES (?, ?, ?, 'away', 'quarantined', ?)`,
    );
    this.#counts = db.prepare(
      `UPDATE network_transfer SET count = (SELECT count(*) FROM pin WHERE custody = 'transit'
       AND pin.holder = network_transfer.holder AND pin.transfer = number)
       WHERE merchant = '' AND number > (SELECT applied FROM network_switch WHERE holder = network_transfer.holder)`,
    );
    this.#end = db.prepare('DELETE FROM network_claim');
  }

  enter({ holder }: SwitchRow, claim: Claim, at: number): void {
    const row = this.#find.get(claim.mark);
    if (!row) this.#addUnknown(holder, claim);
    else if (claim.custody === 'returned') this.#returned(holder, row, claim.mark, at);
    else this.#holds(holder, row, claim.mark, AS_HERE[claim.custody]);
  }

  /** At the end of each portion. */
  write({ name }: SwitchRow, at: number): void {
    this.#holdings.write();
    if (this.#added > 0) this.#taken.run(`restated:${name}`, this.#added, at);
    this.#added = 0;
  }

  /** What had been given up to this transfer was taken: what of it is not claimed is found by recover. */
  arrive(holder: number, applied: number): void {
    this.#arrivals.take(holder, applied);
    this.#holdings.write();
  }

  /** What nobody claims is the hub's to decide on: no switch knows of it. Says how many. */
  settle(by: string, why: string, at: number): number {
    const unclaimed = this.#unclaimed.all();
    for (const { id, product, holder, mark } of unclaimed) {
      this.#move.run('quarantined', 0, 0, id);
      this.#holdings.move(product, { holder, custody: 'away' }, { holder: 0, custody: 'quarantined' }, [
        mark,
      ]);
    }
    this.#holdings.write();
    for (let next = 0; next === 0 || next < unclaimed.length; next += DECISION_PINS) {
      const ids = unclaimed.slice(next, next + DECISION_PINS).map(({ id }) => id);
      this.#record.run(by, `claimed by no switch: ${why}`, at, ids.join());
    }
    this.#counts.run();
    this.#end.run();
    return unclaimed.length;
  }

  /** Its code is not here: it is never for sale again once it comes back. */
  #addUnknown(holder: number, { mark, product, supplier, serial, expiry, custody }: Claim): void {
    const [to, where] =
      custody === 'returned' ? (['quarantined', 0] as const) : ([AS_HERE[custody], holder] as const);
    const id = this.#add.get(to, product, supplier, NO_CODE, mark, serial, expiry, where);
    if (where !== 0) this.#claim.run(id as number, holder);
    this.#holdings.enter(product, { holder: where, custody: to }, mark);
    this.#added += 1;
  }

  /** The hub's again, unless another switch has it, or these books say so. */
  #returned(holder: number, row: PinRow, mark: string, at: number): void {
    if (row.holder !== holder) return;
    this.#put(row, mark, homeCustody(row, at), 0);
  }

  /** A sale stands against any other claim; else the first one does. */
  #holds(holder: number, row: PinRow, mark: string, custody: Custody): void {
    const other = this.#claimed.get(row.id);
    if (other !== undefined && other !== holder && custody !== 'sold') return;
    this.#claim.run(row.id, holder);
    if (row.custody === 'sold' && custody === 'sold') return;
    this.#put(row, mark, custody, holder);
  }

  /** By which transfer it left is not known any more. */
  #put(row: PinRow, mark: string, custody: Custody, holder: number): void {
    if (row.custody === custody && row.holder === holder) return;
    this.#move.run(custody, holder, 0, row.id);
    this.#holdings.move(row.product, row, { holder, custody }, [mark]);
  }
}
