/**
 * What a switch's changes come to in the hub's books. A change moves a PIN only by the word of the switch that holds
 * it; one that does not fit refuses them all, so that they are looked at first and carried out then.
 */
import { dateAt } from '../../../base/dates.js';
import type { Custody } from '../../../domain/transaction.js';
import type { Lease, NetworkChange, PinChange } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Holdings } from './hubHoldings.js';
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

interface Move {
  readonly mark: string;
  readonly row: PinRow;
  custody: Custody;
  holder: number;
}

export interface Plan {
  readonly moves: readonly Move[];
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

export const PIN_BY_MARK = `SELECT id, product, custody, holder, transfer, expiry, length(sealed) > 0 AS sealed
  FROM pin WHERE mark = ?`;

/** What becomes of a PIN that is the hub's again. */
export function homeCustody({ expiry, sealed }: Pick<PinRow, 'expiry' | 'sealed'>, at: number): Custody {
  if (sealed === 0) return 'quarantined';
  return expiry < dateAt(at, 0) ? 'expired' : 'stock';
}

export class Changes {
  readonly #books: Books;
  readonly #holdings: Holdings;
  readonly #leases: LeaseBook;
  readonly #find;
  readonly #move;

  constructor(books: Books, holdings: Holdings) {
    this.#books = books;
    this.#holdings = holdings;
    this.#leases = new LeaseBook(books);
    this.#find = books.db.prepare<[string], PinRow>(PIN_BY_MARK);
    this.#move = books.db.prepare<[Custody, number, number, number]>(
      'UPDATE pin SET custody = ?, holder = ?, transfer = ? WHERE id = ?',
    );
  }

  /** What they come to, or (one line) which of them does not fit. Changes nothing. `applied`: the last transfer it has. */
  plan(row: SwitchRow, applied: number, changes: readonly NetworkChange[], at: number): Plan | string {
    const moves = new Map<string, Move>();
    const returns: Lease[] = [];
    for (const change of changes) {
      if (change.kind === 'lease') {
        const { merchant, currency, amount } = change;
        returns.push({ merchant, currency, amount });
        continue;
      }
      const { id, mark, custody } = change;
      const move = moves.get(mark) ?? this.#open(mark);
      if (!move || !isHeld(move, row.holder, applied)) {
        // It was told in a restatement, as it was later.
        if (id <= row.restatedChange) continue;
        return `change ${id}: not a PIN that ${row.name} holds`;
      }
      moves.set(mark, move);
      if (custody === 'returned') {
        move.holder = 0;
        move.custody = homeCustody(move.row, at);
      } else move.custody = AS_HERE[custody];
    }
    const excess = this.#leases.excess(row.holder, returns);
    if (excess) return `money of merchant ${excess.merchant} that ${row.name} does not hold`;
    return { moves: [...moves.values()], returns };
  }

  /** After what was in transit up to `applied` has become its own. */
  carryOut({ name, holder }: SwitchRow, { moves, returns }: Plan, at: number): void {
    for (const { mark, row, custody, holder: to } of moves) {
      const from = row.custody === 'transit' ? 'away' : row.custody;
      if (custody === from && to === row.holder) continue;
      this.#move.run(custody, to, to === 0 ? 0 : row.transfer, row.id);
      this.#holdings.leave(row.holder, row.product, from, mark);
      this.#holdings.enter(to, row.product, custody, mark);
      this.#books.levels.move(row.product, from, custody);
      if (custody === 'stock') this.#books.shelf.forget(row.product);
    }
    for (const lease of returns) this.#leases.takeBack(name, holder, lease, at);
  }

  setLeft(holder: number, leases: readonly Lease[]): void {
    for (const lease of leases) this.#leases.setLeft(holder, lease);
  }

  #open(mark: string): Move | undefined {
    const row = this.#find.get(mark);
    return row && { mark, row, custody: row.custody, holder: row.holder };
  }
}

function isHeld({ row, custody, holder }: Move, by: number, applied: number): boolean {
  return holder === by && (TOLD.has(custody) || (custody === 'transit' && row.transfer <= applied));
}
