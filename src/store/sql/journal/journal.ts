/** The journal's statements on the worker's side: one entry per key, read by id or key, packed for the calling side. */
import type { TransactionState } from '../../../domain/transaction.js';
import type { Attempt, JournalEntry, StoredOutcome } from '../../store.js';
import { type Cards, movesCard } from '../cards/cards.js';
import {
  ENTRY_COLUMNS,
  ITEM_COLUMNS,
  OUTCOME_COLUMNS,
  pushOutcome,
  REST_COLUMNS,
} from '../crossing/columns.js';
import { type Cursor, type Flat, type Scalar, toLatin1 } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import { PIN_COLUMNS, type PinRow, packPin } from '../stock/pins.js';

type Texts =
  | 'key'
  | 'fingerprint'
  | 'acquirer'
  | 'merchant'
  | 'terminal'
  | 'message_class'
  | 'stan'
  | 'rrn'
  | 'transmitted_at'
  | 'local_date'
  | 'local_time'
  | 'service'
  | 'product'
  | 'region'
  | 'account_mark'
  | 'currency'
  | 'approval_code'
  | 'balance_currency'
  | 'account_expiry'
  | 'supplier_reason'
  | 'supplier'
  | 'reference'
  | 'doubt';
type Numbers =
  | 'id'
  | 'receipt_id'
  | 'quantity'
  | 'amount'
  | 'received_at'
  | 'deadline_at'
  | 'closed_at'
  | 'original_id'
  | 'batch_id'
  | 'item';

export type JournalRow = { readonly [Name in Texts]: string } & { readonly [Name in Numbers]: number } & {
  readonly state: TransactionState;
  readonly account: Uint8Array | null;
  readonly reason: string | null;
  readonly balance: number | null;
  readonly pins: string | null;
  /** See effects.ts. */
  readonly effects: string | null;
};

const COLUMNS = ['id', ...ENTRY_COLUMNS, ...OUTCOME_COLUMNS, ...REST_COLUMNS, ...ITEM_COLUMNS] as const;
export const JOURNAL_COLUMNS = [...COLUMNS, 'pins', 'effects'].join(', ');

/** Besides entry and outcome, what an insert says. */
export interface Standing {
  readonly state: TransactionState;
  readonly supplier: string;
  readonly reference: string;
  readonly deadlineAt: number;
  readonly doubt: string;
  readonly closedAt: number;
  readonly originalId: number;
}

/** What an item's insert says besides. */
export interface ItemOf {
  readonly batchId: number;
  readonly number: number;
  readonly effects: string | null;
  readonly pins: string | null;
}

export const NO_OUTCOME: Flat = [null, '', null, '', '', '', 0];
export const REVERSED_OUTCOME: Flat = ['reversed', '', null, '', '', '', 0];
export const OUT_OF_STOCK_OUTCOME: Flat = ['out-of-stock', '', null, '', '', '', 0];

export function packedOutcome(outcome: StoredOutcome): Flat {
  const packed: Flat = [];
  pushOutcome(packed, outcome);
  return packed;
}

const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');
const HEAD = [...ENTRY_COLUMNS, ...OUTCOME_COLUMNS];

/** Binds: entry, outcome, closed_at, pins. The hot one: what is constant in a sale is not bound. */
export const INSERT_SOLD = `INSERT INTO journal (${HEAD.join(', ')}, closed_at, pins, state, supplier, reference,
  deadline_at, doubt, original_id) VALUES (${marks(HEAD.length + 2)}, 'approved', '', '', 0, '', 0)
  ON CONFLICT (key) DO NOTHING RETURNING id`;
/** The same where it moves money. */
const INSERT_CHARGED = `INSERT INTO journal (${HEAD.join(', ')}, closed_at, pins, effects, state, supplier, reference,
  deadline_at, doubt, original_id) VALUES (${marks(HEAD.length + 3)}, 'approved', '', '', 0, '', 0)
  ON CONFLICT (key) DO NOTHING RETURNING id`;
const INSERT = `INSERT INTO journal (${[...HEAD, ...REST_COLUMNS].join(', ')}, effects)
  VALUES (${marks(HEAD.length + REST_COLUMNS.length + 1)}) ON CONFLICT (key) DO NOTHING RETURNING id`;
/** An item's key is new as its batch's is: a conflict is a bug of the caller's, and fails the verb. */
const INSERT_ITEM = `INSERT INTO journal (${[...HEAD, ...REST_COLUMNS, ...ITEM_COLUMNS].join(', ')}, effects, pins)
  VALUES (${marks(HEAD.length + REST_COLUMNS.length + ITEM_COLUMNS.length + 2)}) RETURNING id`;
export const BY_KEY = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE key = ?`;

export class Journal {
  readonly #cards;
  readonly #insert;
  readonly #insertSold;
  readonly #insertCharged;
  readonly #insertItem;
  readonly #byId;
  readonly #byKey;
  readonly #move;
  readonly #finish;
  readonly #holds;
  readonly #done;
  readonly #undone;

  constructor(db: Connection, cards: Cards) {
    this.#cards = cards;
    this.#insert = db.prepare<[Flat], number>(INSERT).pluck();
    this.#insertSold = db.prepare<Flat, number>(INSERT_SOLD).pluck();
    this.#insertCharged = db.prepare<Flat, number>(INSERT_CHARGED).pluck();
    this.#insertItem = db.prepare<Flat, number>(INSERT_ITEM).pluck();
    this.#byId = db.prepare<[number], JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE id = ?`);
    this.#byKey = db.prepare<[string], JournalRow>(BY_KEY);
    this.#move = db
      .prepare<[TransactionState, number], string>(
        'UPDATE journal SET state = ? WHERE id = ? RETURNING service',
      )
      .pluck();
    this.#finish = db
      .prepare<[Flat], string>(
        `UPDATE journal SET state = ?, closed_at = ?, ${OUTCOME_COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE id = ?
         RETURNING service`,
      )
      .pluck();
    this.#done = db.prepare<[number]>('INSERT INTO settling (origin, done) VALUES (?, 1)');
    this.#undone = db.prepare<[number]>(
      `INSERT INTO settling (origin, done) SELECT id, 0 FROM journal WHERE id = ? AND state = 'approved'`,
    );
    this.#holds = db.prepare<[string, number]>(
      "UPDATE journal SET pins = coalesce(pins || ',', '') || ? WHERE id = ?",
    );
  }

  /** The new row's id; undefined where the key is known. `entry` is taken over. */
  insertSold(
    entry: Flat,
    outcome: Flat,
    closedAt: number,
    pins: string,
    effects: string | null,
  ): number | undefined {
    entry.push(...outcome, closedAt, pins);
    let insert = this.#insertSold;
    if (effects !== null) {
      entry.push(effects);
      insert = this.#insertCharged;
    }
    // Spread: better-sqlite3 binds arguments faster than an array's elements.
    return insert.get(...entry);
  }

  /** The new row's id; undefined where the key is known. */
  insert(entry: Flat, outcome: Flat, standing: Standing, effects: string | null = null): number | undefined {
    return this.#insert.get([...entry, ...outcome, ...restOf(standing), effects]);
  }

  /** The new row's id. */
  insertItem(entry: Flat, outcome: Flat, standing: Standing, item: ItemOf): number {
    return this.#insertItem.get(
      ...entry,
      ...outcome,
      ...restOf(standing),
      item.batchId,
      item.number,
      item.effects,
      item.pins,
    ) as number;
  }

  byId(id: number): JournalRow | undefined {
    return this.#byId.get(id);
  }

  byKey(key: string): JournalRow | undefined {
    return this.#byKey.get(key);
  }

  /** Undoes, or ends the undoing; that an approved one was undone counts in the business day. Its card follows. */
  move(id: number, state: 'reversing' | 'reversed'): void {
    this.#undone.run(id);
    this.#cards.follow(id, this.#move.get(state, id) ?? '', state);
  }

  /** Ends an attempt: state, outcome and time of closing; that it became approved counts in the business day. Its
   *  card, where it has one, follows. */
  finish(id: number, state: TransactionState, closedAt: number, outcome: Flat): void {
    this.#cards.follow(id, this.#finish.get([state, closedAt, ...outcome, id]) ?? '', state);
    if (state === 'approved') this.#done.run(id);
  }

  /** Records that it was issued these PINs too. */
  hold(id: number, pins: readonly number[]): void {
    if (pins.length > 0) this.#holds.run(pins.join(), id);
  }
}

/** As REST_COLUMNS. */
function restOf(standing: Standing): Flat {
  const { state, supplier, reference, deadlineAt, doubt, closedAt, originalId } = standing;
  return [state, supplier, reference, deadlineAt, doubt, closedAt, originalId];
}

/** The state in which something answered with this outcome stands. */
export function stateOf(outcome: StoredOutcome | Flat): 'approved' | 'declined' {
  const reason = Array.isArray(outcome) ? outcome[0] : (outcome as StoredOutcome).reason;
  return reason === 'approved' || reason === 'partial' ? 'approved' : 'declined';
}

export function pendingAt({ supplier, reference, deadlineAt, doubt }: Attempt): Standing {
  return { state: 'pending', supplier, reference, deadlineAt, doubt, closedAt: 0, originalId: 0 };
}

/** A closed standing without a supplier. */
export function closedAs(
  state: TransactionState,
  closedAt: JournalEntry['receivedAt'],
  originalId = 0,
): Standing {
  return { state, supplier: '', reference: '', deadlineAt: 0, doubt: '', closedAt, originalId };
}

/** Reads PINs by journal row and packs both, for takeTransaction(). */
export class TransactionPacker {
  readonly #pin;
  readonly #productOf;

  constructor(db: Connection) {
    this.#pin = db.prepare<[number, number], PinRow>(
      `SELECT ${PIN_COLUMNS} FROM pin WHERE id = ? AND sold_in = ?`,
    );
    this.#pin.raw();
    this.#productOf = db.prepare<[number], string>('SELECT product FROM pin WHERE id = ?').pluck();
  }

  pins(row: JournalRow): PinRow[] {
    if (row.pins === null) return [];
    const pins = row.pins.split(',').map((id) => this.#pin.get(Number(id), row.id));
    return pins.filter((pin) => pin !== undefined);
  }

  push(out: Flat, row: JournalRow): void {
    const values: Readonly<Record<(typeof COLUMNS)[number], Scalar>> = row;
    for (const name of COLUMNS) {
      out.push(name === 'account' && row.account ? toLatin1(row.account) : values[name]);
    }
    const pins = this.pins(row);
    const [first] = pins;
    out.push(first && movesCard(row.service) ? (this.#productOf.get(first[0]) ?? '') : '');
    out.push(pins.length);
    for (const pin of pins) packPin(out, pin);
  }
}

export type Handler = (input: Cursor, out: Flat) => void;
