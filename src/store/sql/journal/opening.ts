/**
 * The verbs that enter a transaction: sell (open, PINs and close in one), decline, open. The key decides: the
 * insert changes nothing where it is known, and then the row that stands is told. A sale is one INSERT and one
 * UPDATE a PIN, both by key; everything else here is off the hot path. Effects are looked at first: where they
 * may not be applied, the transaction is entered as declined and nothing else changes.
 */
import type { Attempt, Lack, Remembering, Reward } from '../../store.js';
import type { Books } from '../books.js';
import { ENTRY_COLUMNS, OUTCOME_SIZE, takeEntry } from '../crossing/columns.js';
import { packEffects, unpackEffects, unpacked } from '../crossing/effects.js';
import type { Flat } from '../crossing/flat.js';
import { packPin } from '../stock/pins.js';
import {
  closedAs,
  type Handler,
  NO_OUTCOME,
  OUT_OF_STOCK_OUTCOME,
  pendingAt,
  REVERSED_OUTCOME,
  type Standing,
  stateOf,
} from './journal.js';
import { lacksOf, wantOf } from './lacking.js';

const KEY = ENTRY_COLUMNS.indexOf('key');
const FINGERPRINT = ENTRY_COLUMNS.indexOf('fingerprint');
const PRODUCT = ENTRY_COLUMNS.indexOf('product');
const QUANTITY = ENTRY_COLUMNS.indexOf('quantity');
const REGION = ENTRY_COLUMNS.indexOf('region');
const AMOUNT = ENTRY_COLUMNS.indexOf('amount');
const CURRENCY = ENTRY_COLUMNS.indexOf('currency');
const ACCOUNT_MARK = ENTRY_COLUMNS.indexOf('account_mark');

/** Packs repeat or conflict; false where the key is new. */
export function pushMet(books: Books, entry: Flat, out: Flat): boolean {
  const row = books.journal.byKey(entry[KEY] as string);
  if (!row) return false;
  if (row.fingerprint !== entry[FINGERPRINT]) {
    out.push('conflict');
  } else {
    out.push('repeat');
    books.packer.push(out, row);
  }
  return true;
}

/** Where a reversal of this entry came first: records it as declined and packs that, or that it is known. */
export function pushTombstone(books: Books, entry: Flat, closedAt: number, out: Flat): boolean {
  const tombstone = books.tombstones.waitingFor(entry);
  if (tombstone === undefined) return false;
  const id = books.journal.insert(entry, REVERSED_OUTCOME, closedAs('declined', closedAt));
  if (id === undefined) return pushMet(books, entry, out);
  books.tombstones.meet(tombstone, id);
  out.push('tombstone', id);
  return true;
}

/** True where it is new and was packed as `word`. */
export function enter(
  books: Books,
  entry: Flat,
  outcome: Flat,
  standing: Standing,
  word: string,
  out: Flat,
): boolean {
  const id = books.journal.insert(entry, outcome, standing);
  if (id === undefined) pushMet(books, entry, out);
  else out.push(word, id);
  return id !== undefined;
}

/** Nothing yet, but the receipt of a reward; 0 for none. */
export function pendingOutcome(receiptId: number): Flat {
  return receiptId > 0 ? [...NO_OUTCOME.slice(0, -1), receiptId] : NO_OUTCOME;
}

/** Pending at a supplier, and its effects held from now on. The new row's id; undefined where the key was known. */
export function enterPending(
  books: Books,
  entry: Flat,
  attempt: Attempt,
  packed: string | null,
  at: number,
  out: Flat,
  receiptId = 0,
): number | undefined {
  const id = books.journal.insert(entry, pendingOutcome(receiptId), pendingAt(attempt), packed);
  if (id === undefined) {
    pushMet(books, entry, out);
    return undefined;
  }
  if (packed !== null) books.money.hold(id, unpackEffects(packed), attempt.supplier, at);
  out.push('opened', id);
  return id;
}

/** Packs what it lacks, or that it is known: nothing is recorded. */
export function pushShort(books: Books, entry: Flat, lacks: readonly Lack[], out: Flat): void {
  if (!pushMet(books, entry, out)) out.push('short', lacks);
}

/**
 * Where the effects may not be applied: records it as declined and packs that, or that it is known. `lacks` tells what
 * one lacks that may wait for money.
 */
export function pushRefused(
  books: Books,
  entry: Flat,
  packed: string | null,
  closedAt: number,
  out: Flat,
  lacks?: () => readonly Lack[],
): boolean {
  if (packed === null) return false;
  const reason = books.money.refusal(unpackEffects(packed));
  if (reason === undefined) return false;
  const lacking = reason === 'credit-short' && lacks ? lacks() : [];
  if (lacking.length > 0) {
    pushShort(books, entry, lacking, out);
    return true;
  }
  const outcome: Flat = [reason, '', null, '', '', '', 0];
  if (enter(books, entry, outcome, closedAs('declined', closedAt), 'refused', out)) out.push(reason);
  return true;
}

export function sell(books: Books): Handler {
  const { journal, money, pins, shelf } = books;
  return (input, out) => {
    const entry = takeEntry(input);
    const outcome = input.take(OUTCOME_SIZE);
    const today = input.text();
    const closedAt = input.number();
    const orElse = input.scalar() as Attempt | null;
    const effects = input.scalar() as string | null;
    const remember = input.scalar() as Remembering | null;
    const mayWait = input.number() === 1;
    const lacks = mayWait
      ? () => lacksOf(books, today, [wantOf(entry)], unpacked(effects).postings)
      : undefined;
    if (pushTombstone(books, entry, closedAt, out)) return;
    if (pushRefused(books, entry, effects, closedAt, out, lacks)) return;
    const product = entry[PRODUCT] as string;
    const quantity = entry[QUANTITY] as number;
    const next = shelf.next(product, today, quantity);
    if (!next) {
      if (lacks) pushShort(books, entry, lacks(), out);
      else if (orElse) enterPending(books, entry, orElse, effects, closedAt, out);
      else enter(books, entry, OUT_OF_STOCK_OUTCOME, closedAs('declined', closedAt), 'out-of-stock', out);
      return;
    }
    const id = journal.insertSold(entry, outcome, closedAt, idsOf(next), effects);
    if (id === undefined) {
      pushMet(books, entry, out);
      return;
    }
    shelf.take(product, quantity);
    if (effects !== null) money.hold(id, unpackEffects(effects), '', closedAt);
    if (remember) books.memory.remember(rememberedOf(id, entry), remember, closedAt);
    out.push('sold', id, quantity);
    for (const pin of next) {
      pins.sell(pin, product, id);
      packPin(out, pin);
    }
  };
}

export function rememberedOf(id: number, entry: Flat): Parameters<Books['memory']['remember']>[0] {
  return {
    id,
    account_mark: entry[ACCOUNT_MARK] as string,
    product: entry[PRODUCT] as string,
    region: entry[REGION] as string,
    amount: entry[AMOUNT] as number,
    currency: entry[CURRENCY] as string,
  };
}

export function idsOf(pins: readonly (readonly [number, ...unknown[]])[]): string {
  const [only] = pins;
  return only && pins.length === 1 ? String(only[0]) : pins.map(([id]) => id).join();
}

export function decline(books: Books): Handler {
  return (input, out) => {
    const entry = takeEntry(input);
    const outcome = input.take(OUTCOME_SIZE);
    const closedAt = input.number();
    if (pushTombstone(books, entry, closedAt, out)) return;
    enter(books, entry, outcome, closedAs(stateOf(outcome), closedAt), 'opened', out);
  };
}

export function open(books: Books): Handler {
  return (input, out) => {
    const entry = takeEntry(input);
    const attempt = input.object<Attempt>();
    const closedAt = input.number();
    const effects = input.scalar() as string | null;
    const reward = input.scalar() as Reward | null;
    const mayWait = input.number() === 1;
    const lacks = mayWait ? () => lacksOf(books, '', [], unpacked(effects).postings) : undefined;
    if (pushTombstone(books, entry, closedAt, out)) return;
    if (pushRefused(books, entry, effects, closedAt, out, lacks)) return;
    if (!reward) {
      enterPending(books, entry, attempt, effects, closedAt, out);
      return;
    }
    const rewarded = books.money.rewarded(unpacked(effects), reward);
    enterPending(books, entry, attempt, packEffects(rewarded.effects), closedAt, out, rewarded.receiptId);
  };
}
