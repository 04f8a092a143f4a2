/**
 * A credit of an account in our own ledger: opened, posted, rewarded where that is due, and closed, in one commit.
 * What the terminal is told of the balance is what stands after it, so it is found out here and stored.
 */
import type { Crediting } from '../store.js';
import type { Books } from './books.js';
import { ENTRY_COLUMNS, OUTCOME_COLUMNS, OUTCOME_SIZE, takeEntry } from './columns.js';
import { packEffects } from './effects.js';
import { closedAs, type Handler } from './journal.js';
import { gainOf } from './ledger.js';
import { pushMet, pushRefused, pushTombstone } from './opening.js';

export type PackedCrediting = Pick<Crediting, 'effects' | 'reward'>;

const CURRENCY = ENTRY_COLUMNS.indexOf('currency');
const BALANCE = OUTCOME_COLUMNS.indexOf('balance');
const BALANCE_CURRENCY = OUTCOME_COLUMNS.indexOf('balance_currency');
const RECEIPT = OUTCOME_COLUMNS.indexOf('receipt_id');

export function credit(books: Books): Handler {
  const { journal, money } = books;
  return (input, out) => {
    const entry = takeEntry(input);
    const outcome = input.take(OUTCOME_SIZE);
    const account = input.text();
    const now = input.number();
    const { effects: asked, reward } = input.object<PackedCrediting>();
    if (pushTombstone(books, entry, now, out)) return;
    if (pushRefused(books, entry, packEffects(asked), now, out)) return;
    const { effects, receiptId } = reward ? money.rewarded(asked, reward) : { effects: asked, receiptId: 0 };
    const currency = entry[CURRENCY] as string;
    const balance = money.ledger.balanceOf(account, currency) + gainOf(effects.postings, account, currency);
    outcome[BALANCE] = balance;
    outcome[BALANCE_CURRENCY] = currency;
    if (receiptId > 0) outcome[RECEIPT] = receiptId;
    const id = journal.insert(entry, outcome, closedAs('approved', now), packEffects(effects));
    if (id === undefined) {
      pushMet(books, entry, out);
      return;
    }
    money.hold(id, effects, '', now);
    out.push('credited', id, balance, currency, outcome[RECEIPT] as number);
  };
}
