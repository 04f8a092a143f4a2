/**
 * Cards' rows, and how they follow the transactions that move them: `bind` when one is entered, `follow` whenever one
 * changes its state. A card that did not stand where its transaction left it is a fault of the books.
 */
import {
  type CardState,
  type CardWish,
  cardRefusal,
  isLegalCardMove,
  STEP_TO,
} from '../../../domain/card.js';
import type { Reason } from '../../../domain/reason.js';
import type { TransactionState } from '../../../domain/transaction.js';
import { BooksWrong } from '../booksWrong.js';
import type { Connection } from '../engine.js';

export interface CardRow {
  readonly id: number;
  readonly state: CardState;
  readonly product: string;
  readonly terminal: string;
  readonly expiry: string;
  readonly moved_in: number;
  /** 1 where a PIN is printed on it. */
  readonly has_pin: number;
}

interface MoveRow {
  readonly card: number;
  readonly from_state: CardState;
  readonly from_terminal: string;
  readonly from_move: number;
}

/** The service of the one transaction that has a card's value credited: by its state the card stands. */
export const REDEMPTION = 'card-redemption';
/** What the services that move cards begin with. */
const CARD_SERVICE = 'card-';

export function movesCard(service: string): boolean {
  return service.startsWith(CARD_SERVICE);
}

const BY_TRANSACTION: Readonly<Record<TransactionState, CardState>> = {
  pending: 'redeeming',
  reversing: 'redeeming',
  approved: 'redeemed',
  declined: 'active',
  reversed: 'active',
};

export const CARD_BY_MARK = `SELECT id, state, product, terminal, expiry, moved_in, pin IS NOT NULL AS has_pin
  FROM card WHERE mark = ?`;
export const CARD_MOVE = 'SELECT card, from_state, from_terminal, from_move FROM card_move WHERE id = ?';

export class Cards {
  readonly #find;
  readonly #moveOf;
  readonly #put;
  readonly #record;
  readonly #state;
  readonly #back;
  readonly #lastMove;

  constructor(db: Connection) {
    this.#find = db.prepare<[string], CardRow>(CARD_BY_MARK);
    this.#moveOf = db.prepare<[number], MoveRow>(CARD_MOVE);
    this.#put = db.prepare<[CardState, string, number, number]>(
      'UPDATE card SET state = ?, terminal = ?, moved_in = ? WHERE id = ?',
    );
    this.#record = db.prepare<[number, number, CardState, string, number]>(
      'INSERT INTO card_move (id, card, from_state, from_terminal, from_move) VALUES (?, ?, ?, ?, ?)',
    );
    this.#state = db.prepare<[CardState, number, number]>(
      'UPDATE card SET state = ? WHERE id = ? AND moved_in = ?',
    );
    this.#back = db.prepare<[CardState, string, number, number, number]>(
      'UPDATE card SET state = ?, terminal = ?, moved_in = ? WHERE id = ? AND moved_in = ?',
    );
    this.#lastMove = db.prepare<[number], number>('SELECT moved_in FROM card WHERE id = ?').pluck();
  }

  find(mark: string): CardRow | undefined {
    return this.#find.get(mark);
  }

  /** Undefined where it may be moved so. */
  refusal(card: CardRow | undefined, wish: CardWish): Reason | undefined {
    return card ? cardRefusal(card, wish) : 'unknown-card';
  }

  /** After refusal() said nothing. */
  bind(id: number, card: CardRow, { step, terminal }: CardWish): void {
    const to = STEP_TO[step];
    if (!isLegalCardMove(card.state, to)) throw new BooksWrong('books: no legal move of a card');
    this.#record.run(id, card.id, card.state, card.terminal, card.moved_in);
    this.#put.run(to, step === 'preauthorise' ? terminal : card.terminal, id, card.id);
  }

  /** True where this transaction moved a card, and no other has since. */
  isLastMove(id: number): boolean {
    const move = this.#moveOf.get(id);
    return move !== undefined && this.#lastMove.get(move.card) === id;
  }

  /** Where transaction `id` of `service` stands in `state` now, its card stands so too. */
  follow(id: number, service: string, state: TransactionState): void {
    if (!movesCard(service)) return;
    const move = this.#moveOf.get(id);
    if (!move) return;
    const isUndone = state === 'declined' || state === 'reversed';
    if (service !== REDEMPTION && !isUndone) return;
    const { changes } = isUndone
      ? this.#back.run(move.from_state, move.from_terminal, move.from_move, move.card, id)
      : this.#state.run(BY_TRANSACTION[state], move.card, id);
    if (changes !== 1) throw new BooksWrong('books: a card is not where its transaction left it');
  }
}
