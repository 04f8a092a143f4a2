/**
 * The verbs that move a card, each one transaction: the key first (a repeat is told what stood, whatever became of the
 * card), then the card, then money, then the PIN. What refuses is recorded as declined, and nothing else changes.
 */
import type { Attempt, CardBinding, StoredOutcome } from '../../store.js';
import type { Books } from '../books.js';
import { ENTRY_COLUMNS, OUTCOME_COLUMNS, takeEntry } from '../crossing/columns.js';
import { unpackEffects, unpacked } from '../crossing/effects.js';
import type { Flat } from '../crossing/flat.js';
import {
  closedAs,
  type Handler,
  type JournalRow,
  OUT_OF_STOCK_OUTCOME,
  packedOutcome,
  stateOf,
} from '../journal/journal.js';
import { lacksOf } from '../journal/lacking.js';
import { enter, enterPending, pushMet, pushRefused, pushShort, pushTombstone } from '../journal/opening.js';
import { gainOf } from '../money/ledger.js';
import { packPin } from '../stock/pins.js';
import { type CardRow, REDEMPTION } from './cards.js';

const ACCOUNT_MARK = ENTRY_COLUMNS.indexOf('account_mark');
const QUANTITY = ENTRY_COLUMNS.indexOf('quantity');
const CURRENCY = ENTRY_COLUMNS.indexOf('currency');

/** As they cross between threads, behind the entry. */
export interface PackedMove {
  readonly card: CardBinding;
  readonly outcome: StoredOutcome;
  readonly pinProduct: string;
  readonly effects: string | null;
  readonly mayWait: boolean;
  readonly now: number;
}

export interface PackedRedemption {
  readonly card: CardBinding;
  readonly at: Attempt | null;
  readonly outcome: StoredOutcome;
  readonly account: string;
  readonly effects: string | null;
  readonly now: number;
}

export function moveCard(books: Books): Handler {
  const { cards, journal, money, pins, shelf } = books;
  return (input, out) => {
    const entry = takeEntry(input);
    const { card: wish, outcome, pinProduct, effects, mayWait, now } = input.object<PackedMove>();
    if (pushTombstone(books, entry, now, out) || pushMet(books, entry, out)) return;
    const card = cards.find(wish.mark);
    const reason = cards.refusal(card, wish);
    if (!card || reason) return decline(books, entry, refusal(reason ?? 'unknown-card'), now, out);
    const wanted = pinProduct === '' || card.has_pin === 1 ? 0 : 1;
    const wants = wanted === 0 ? [] : [{ product: pinProduct, count: wanted }];
    const lacks = mayWait ? () => lacksOf(books, wish.today, wants, unpacked(effects).postings) : undefined;
    if (pushRefused(books, entry, effects, now, out, lacks)) return;
    const next = wanted === 0 ? [] : shelf.next(pinProduct, wish.today, wanted);
    if (!next && lacks) return pushShort(books, entry, lacks(), out);
    if (!next) return decline(books, entry, OUT_OF_STOCK_OUTCOME, now, out);
    const id = journal.insert(entry, packedOutcome(outcome), closedAs('approved', now), effects) ?? 0;
    if (effects !== null) money.hold(id, unpackEffects(effects), '', now);
    cards.bind(id, card, wish);
    out.push('moved', id, next.length);
    for (const pin of next) {
      pins.sell(pin, pinProduct, id);
      packPin(out, pin);
    }
    journal.hold(
      id,
      next.map(([pin]) => pin),
    );
    if (wanted > 0) shelf.take(pinProduct, wanted);
  };
}

export function redeem(books: Books): Handler {
  const { cards, journal, money } = books;
  return (input, out) => {
    const entry = takeEntry(input);
    const { card: wish, at, outcome, account, effects, now } = input.object<PackedRedemption>();
    if (pushTombstone(books, entry, now, out) || pushMet(books, entry, out)) return;
    const card = cards.find(wish.mark);
    const reason = cards.refusal(card, wish);
    if (!card || reason) {
      if (card?.state === 'redeeming') out.push('card-held');
      else if (!pushRedeemedBefore(books, entry, card, now, out))
        decline(books, entry, refusal(reason ?? 'unknown-card'), now, out);
      return;
    }
    if (!at && stateOf(outcome) === 'declined')
      return decline(books, entry, packedOutcome(outcome), now, out);
    if (pushRefused(books, entry, effects, now, out)) return;
    if (at) {
      const id = enterPending(books, entry, at, effects, now, out);
      if (id !== undefined) cards.bind(id, card, wish);
      return;
    }
    const told = withBalance(books, outcome, account, entry[CURRENCY] as string, effects);
    const id = journal.insert(entry, packedOutcome(told), closedAs('approved', now), effects) ?? 0;
    if (effects !== null) money.hold(id, unpackEffects(effects), '', now);
    cards.bind(id, card, wish);
    cards.follow(id, REDEMPTION, 'approved');
    out.push('redeemed', id, told);
  };
}

function withBalance(
  { money }: Books,
  outcome: StoredOutcome,
  account: string,
  currency: string,
  effects: string | null,
): StoredOutcome {
  if (account === '') return outcome;
  const gain = effects === null ? 0 : gainOf(unpackEffects(effects).postings, account, currency);
  return { ...outcome, balance: money.ledger.balanceOf(account, currency) + gain, balanceCurrency: currency };
}

/** Where the card's value went to this same account: approved, none of it (its amount is what a reversal of it would
 *  cite), and pointing at what credited it. */
function pushRedeemedBefore(
  books: Books,
  entry: Flat,
  card: CardRow | undefined,
  now: number,
  out: Flat,
): boolean {
  if (card?.state !== 'redeemed') return false;
  const before = books.journal.byId(card.moved_in);
  if (!before || before.account_mark === '' || before.account_mark !== entry[ACCOUNT_MARK]) return false;
  const told = [...entry];
  told[QUANTITY] = 0;
  const id = books.journal.insert(told, outcomeOf(before), closedAs('approved', now, before.id)) ?? 0;
  out.push('redeemed-before', id);
  books.packer.push(out, before);
  return true;
}

function outcomeOf(row: JournalRow): Flat {
  return OUTCOME_COLUMNS.map((name) => row[name]);
}

function refusal(reason: string): Flat {
  return [reason, '', null, '', '', '', 0];
}

function decline(books: Books, entry: Flat, outcome: Flat, now: number, out: Flat): void {
  if (enter(books, entry, outcome, closedAs('declined', now), 'card-refused', out))
    out.push(outcome[0] as string);
}
