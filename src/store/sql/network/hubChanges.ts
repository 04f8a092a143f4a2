/**
 * What a switch's changes come to in the hub's books. A change moves a PIN only by the word of the switch that holds
 * it; one that does not fit refuses them all, so that they are looked at first and carried out then.
 */
import { dateAt } from '../../../base/dates.js';
import type { Custody } from '../../../domain/transaction.js';
import type { Lease, NetworkChange, PinChange } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Holdings, Where } from './hubHoldings.js';
import { LeaseBook } from './hubLeases.js';
import type { SwitchRow } from './hubSwitches.js';

/** A PIN as the hub has it. */
export interface PinRow {
  readonly id: number;
  readonly product: string;
  readonly custody: Custody;
  readonly holder: number;
  readonly transfer: number;
  readonly expiry: string;
  /** 0: these books do not have its code. */
  readonly sealed: number;
}

/** Its mark, then as PinRow: an object made by the driver costs half as much again as finding the row. */
type PackedPin = readonly [string, number, string, Custody, number, number, string, number];

interface Move {
  readonly mark: string;
  readonly row: PinRow;
  custody: Custody;
  holder: number;
}

/** PINs of one product that go the same way. */
interface Moved {
  readonly product: string;
  readonly from: Where;
  readonly to: Where;
  readonly ids: number[];
  readonly marks: string[];
}

export interface Plan {
  readonly moved: readonly Moved[];
  readonly returns: readonly Lease[];
}

/** In the hub's words. */
export const AS_HERE: Readonly<Record<Exclude<PinChange, 'returned'>, Custody>> = {
  stock: 'away',
  sold: 'sold',
  quarantined: 'quarantined',
  void: 'void',
  expired: 'expired',
};

const TOLD: ReadonlySet<Custody> = new Set(['away', 'sold', 'quarantined', 'void', 'expired']);

const PIN = 'pin.id AS id, product, custody, holder, transfer, expiry, length(sealed) > 0 AS sealed';
export const PIN_BY_MARK = `SELECT ${PIN} FROM pin WHERE mark = ?`;
/** Of a JSON array of marks. One statement for many, as each costs more than what it finds. */
export const PINS_BY_MARKS = `SELECT mark, ${PIN} FROM json_each(?) JOIN pin ON pin.mark = json_each.value`;
/** Of a JSON array of ids. */
export const MOVE_PINS =
  'UPDATE pin SET custody = ? WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))';
export const MOVE_HOME = `UPDATE pin SET custody = ?, holder = 0, transfer = 0
  WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))`;

/** What becomes of a PIN that is the hub's again. */
export function homeCustody({ expiry, sealed }: Pick<PinRow, 'expiry' | 'sealed'>, at: number): Custody {
  if (sealed === 0) return 'quarantined';
  return expiry < dateAt(at, 0) ? 'expired' : 'stock';
}

export class Changes {
  readonly #holdings: Holdings;
  readonly #leases: LeaseBook;
  readonly #find;
  readonly #move;
  readonly #moveHome;

  constructor(books: Books, holdings: Holdings) {
    this.#holdings = holdings;
    this.#leases = new LeaseBook(books);
    this.#find = books.db.prepare<[string], PackedPin>(PINS_BY_MARKS).raw();
    this.#move = books.db.prepare<[Custody, string]>(MOVE_PINS);
    this.#moveHome = books.db.prepare<[Custody, string]>(MOVE_HOME);
  }

  /** What they come to, or (one line) which of them does not fit. Changes nothing. `applied`: the last transfer it has. */
  plan(row: SwitchRow, applied: number, changes: readonly NetworkChange[], at: number): Plan | string {
    const moves = this.#open(changes);
    const returns: Lease[] = [];
    for (const change of changes) {
      if (change.kind === 'lease') {
        const { merchant, currency, amount } = change;
        // What was leased was restated as it was after it.
        if (change.id > row.restatedChange) returns.push({ merchant, currency, amount });
        continue;
      }
      const { id, mark, custody } = change;
      const move = moves.get(mark);
      if (!move || !isHeld(move, row.holder, applied)) {
        // It was told in a restatement, as it was later.
        if (id <= row.restatedChange) continue;
        return `change ${id}: not a PIN that ${row.name} holds`;
      }
      if (custody === 'returned') {
        move.holder = 0;
        move.custody = homeCustody(move.row, at);
      } else move.custody = AS_HERE[custody];
    }
    const excess = this.#leases.excess(row.holder, returns);
    if (excess) return `money of merchant ${excess.merchant} that ${row.name} does not hold`;
    return { moved: grouped(moves.values()), returns };
  }

  /** After what was in transit up to `applied` has become its own. */
  carryOut({ name, holder }: SwitchRow, { moved, returns }: Plan, at: number): void {
    for (const { product, from, to, ids, marks } of moved) {
      const statement = to.holder === 0 ? this.#moveHome : this.#move;
      statement.run(to.custody, JSON.stringify(ids));
      this.#holdings.move(product, from, to, marks);
    }
    for (const lease of returns) this.#leases.takeBack(name, holder, lease, at);
  }

  setLeft(holder: number, leases: readonly Lease[]): void {
    for (const lease of leases) this.#leases.setLeft(holder, lease);
  }

  /** The PINs that they name, as they are now, by their marks. */
  #open(changes: readonly NetworkChange[]): ReadonlyMap<string, Move> {
    const marks = new Set<string>();
    for (const change of changes) if (change.kind === 'pin') marks.add(change.mark);
    const moves = new Map<string, Move>();
    if (marks.size === 0) return moves;
    for (const packed of this.#find.all(JSON.stringify([...marks]))) {
      const [mark, id, product, custody, holder, transfer, expiry, sealed] = packed;
      const row = { id, product, custody, holder, transfer, expiry, sealed };
      moves.set(mark, { mark, row, custody, holder });
    }
    return moves;
  }
}

function isHeld({ row, custody, holder }: Move, by: number, applied: number): boolean {
  return holder === by && (TOLD.has(custody) || (custody === 'transit' && row.transfer <= applied));
}

/** Those that move, by where they move. What was in transit has arrived before. */
function grouped(moves: Iterable<Move>): Moved[] {
  const groups = new Map<string, Moved>();
  for (const { mark, row, custody, holder } of moves) {
    const from = row.custody === 'transit' ? 'away' : row.custody;
    if (holder === row.holder && (custody === row.custody || custody === from)) continue;
    const key = `${from}|${custody}|${holder}|${row.product}`;
    let group = groups.get(key);
    if (!group) {
      const [before, to] = [
        { holder: row.holder, custody: from },
        { holder, custody },
      ];
      group = { product: row.product, from: before, to, ids: [], marks: [] };
      groups.set(key, group);
    }
    group.ids.push(row.id);
    group.marks.push(mark);
  }
  return [...groups.values()];
}
