/**
 * The verb that enters a batch: its row, and every item's beside it, in one commit. Items come in order, and each
 * sees the stock and the balances that those before it left.
 */
import type { Reason } from '../../../domain/reason.js';
import type { Attempt, ItemResult } from '../../store.js';
import type { Books } from '../books.js';
import { ENTRY_COLUMNS, takeEntry } from '../crossing/columns.js';
import { packEffects, unpackEffects, unpacked } from '../crossing/effects.js';
import type { Flat } from '../crossing/flat.js';
import { packPin } from '../stock/pins.js';
import type { ItemEnd } from './batches.js';
import { type PackedItem, takeItem } from './batchItems.js';
import { lacksOfBatch } from './batchLacks.js';
import { completed, type PackedCrediting } from './crediting.js';
import {
  closedAs,
  type Handler,
  OUT_OF_STOCK_OUTCOME,
  pendingAt,
  type Standing,
  stateOf,
} from './journal.js';
import { idsOf, pendingOutcome, pushMet, pushShort, pushTombstone, rememberedOf } from './opening.js';

const PRODUCT = ENTRY_COLUMNS.indexOf('product');
const QUANTITY = ENTRY_COLUMNS.indexOf('quantity');
const APPROVED: ItemEnd = { state: 'approved', reason: 'approved' };
const PENDING: Standing = closedAs('pending', 0);

export function sellBatch(books: Books): Handler {
  return (input, out) => {
    const entry = takeEntry(input);
    const approvalCode = input.text();
    const today = input.text();
    const at = input.number();
    const items = Array.from({ length: input.number() }, () => takeItem(input));
    const mayWait = input.number() === 1;
    if (pushTombstone(books, entry, at, out)) return;
    const lacks = mayWait ? lacksOfBatch(books, today, items) : [];
    if (lacks.length > 0) {
      pushShort(books, entry, lacks, out);
      return;
    }
    const id = books.journal.insert(entry, [null, approvalCode, null, '', '', '', 0], PENDING);
    if (id === undefined) {
      pushMet(books, entry, out);
      return;
    }
    out.push('entered', id, items.length);
    const batch = new Entering(books, id, today, at);
    const ends: ItemEnd[] = [];
    for (const item of items) ends.push(batch.enter(item, out));
    books.batches.settle(id, ends, at);
  };
}

/** The items of one batch, one by one. */
class Entering {
  readonly #books: Books;
  readonly #batchId: number;
  readonly #today: string;
  readonly #at: number;

  constructor(books: Books, batchId: number, today: string, at: number) {
    this.#books = books;
    this.#batchId = batchId;
    this.#today = today;
    this.#at = at;
  }

  /** Packs its result; says how it stands. */
  enter(item: PackedItem, out: Flat): ItemEnd {
    const { way, outcome, attempt, effects, credit } = item;
    if (way === 'refused') return this.#close(item, outcome, 'declined', out);
    if (item.card) {
      const { wish } = item.card;
      const reason = this.#books.cards.refusal(this.#books.cards.find(wish.mark), wish);
      if (reason) return this.#refuse(item, reason, 'card-refused', out);
    }
    const refusal = effects === null ? undefined : this.#books.money.refusal(unpackEffects(effects));
    if (refusal !== undefined) return this.#refuse(item, refusal, 'refused', out);
    if (way === 'stock' && this.#sell(item, out)) return APPROVED;
    if (item.card && this.#activate(item, item.card, out)) return APPROVED;
    if (credit) return this.#credit(item, credit, out);
    if (attempt === null) return this.#close(item, OUT_OF_STOCK_OUTCOME, 'out-of-stock', out);
    return this.#open(item, attempt, out);
  }

  #open({ reward, ...item }: PackedItem, attempt: Attempt, out: Flat): ItemEnd {
    const due = reward && this.#books.money.rewarded(unpacked(item.effects), reward);
    const effects = due ? packEffects(due.effects) : item.effects;
    const id = this.#insert(item, pendingOutcome(due?.receiptId ?? 0), pendingAt(attempt), effects);
    this.#hold(id, effects, attempt.supplier);
    out.push('opened' satisfies ItemResult['kind'], id);
    return { state: 'pending', reason: null };
  }

  #credit(item: PackedItem, asked: PackedCrediting, out: Flat): ItemEnd {
    const { entry, outcome } = item;
    const { effects, balance, receiptId } = completed(this.#books, entry, outcome, asked);
    const packed = packEffects(effects);
    const remembered = rememberedOf(0, entry);
    const id = this.#insert(item, outcome, closedAs('approved', this.#at), packed);
    this.#hold(id, packed, '');
    if (asked.remember) this.#books.memory.remember({ ...remembered, id }, asked.remember, this.#at);
    out.push('credited' satisfies ItemResult['kind'], id, balance, receiptId);
    return APPROVED;
  }

  /** False where there are not so many PINs. */
  #sell(item: PackedItem, out: Flat): boolean {
    const { entry, outcome, effects, remember } = item;
    const { shelf, pins, memory } = this.#books;
    const product = entry[PRODUCT] as string;
    const quantity = entry[QUANTITY] as number;
    const next = shelf.next(product, this.#today, quantity);
    if (!next) return false;
    const id = this.#insert(item, outcome, closedAs('approved', this.#at), effects, idsOf(next));
    shelf.take(product, quantity);
    this.#hold(id, effects, '');
    if (remember) memory.remember(rememberedOf(id, entry), remember, this.#at);
    out.push('sold' satisfies ItemResult['kind'], id, quantity);
    for (const pin of next) {
      pins.sell(pin, product, id);
      packPin(out, pin);
    }
    return true;
  }

  /** False where a PIN is due, and there is none. */
  #activate(item: PackedItem, { wish, pinProduct }: NonNullable<PackedItem['card']>, out: Flat): boolean {
    const { cards, pins, shelf } = this.#books;
    const card = cards.find(wish.mark);
    const wanted = pinProduct === '' || card?.has_pin === 1 ? 0 : 1;
    const next = wanted === 0 ? [] : shelf.next(pinProduct, this.#today, wanted);
    if (!card || !next) return false;
    const held = next.length > 0 ? idsOf(next) : null;
    const id = this.#insert(item, item.outcome, closedAs('approved', this.#at), item.effects, held);
    this.#hold(id, item.effects, '');
    cards.bind(id, card, wish);
    out.push('sold' satisfies ItemResult['kind'], id, next.length);
    for (const pin of next) {
      pins.sell(pin, pinProduct, id);
      packPin(out, pin);
    }
    if (wanted > 0) shelf.take(pinProduct, wanted);
    return true;
  }

  #refuse(item: PackedItem, reason: Reason, word: 'refused' | 'card-refused', out: Flat): ItemEnd {
    const end = this.#close(item, [reason, '', null, '', '', '', 0], word, out);
    out.push(reason);
    return end;
  }

  #close(item: PackedItem, outcome: Flat, word: ItemResult['kind'], out: Flat): ItemEnd {
    const state = stateOf(outcome);
    out.push(word, this.#insert(item, outcome, closedAs(state, this.#at), null));
    return { state, reason: outcome[0] as ItemEnd['reason'] };
  }

  #insert(
    { number, entry }: Pick<PackedItem, 'number' | 'entry'>,
    outcome: Flat,
    standing: Standing,
    effects: string | null,
    pins: string | null = null,
  ): number {
    return this.#books.journal.insertItem(entry, outcome, standing, {
      batchId: this.#batchId,
      number,
      effects,
      pins,
    });
  }

  #hold(id: number, effects: string | null, supplier: string): void {
    if (effects !== null) this.#books.money.hold(id, unpackEffects(effects), supplier, this.#at);
  }
}
