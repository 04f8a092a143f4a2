/**
 * A credit of an account in our own ledger: opened, posted, rewarded where that is due, and closed, in one commit.
 * What the terminal is told of the balance is what stands after it, so it is found out here and stored.
 */
import type { Crediting, Effects } from '../../store.js';
import type { Books } from '../books.js';
import { ENTRY_COLUMNS, OUTCOME_COLUMNS, OUTCOME_SIZE, takeEntry } from '../crossing/columns.js';
import { packEffects } from '../crossing/effects.js';
import type { Flat } from '../crossing/flat.js';
import { gainOf } from '../money/ledger.js';
import { closedAs, type Handler } from './journal.js';
import { lacksOf } from './lacking.js';
import { pushMet, pushRefused, pushTombstone, rememberedOf } from './opening.js';

export type PackedCrediting = Pick<Crediting, 'effects' | 'reward' | 'account' | 'remember'>;

const CURRENCY = ENTRY_COLUMNS.indexOf('currency');
const BALANCE = OUTCOME_COLUMNS.indexOf('balance');
const BALANCE_CURRENCY = OUTCOME_COLUMNS.indexOf('balance_currency');
const RECEIPT = OUTCOME_COLUMNS.indexOf('receipt_id');

/** What is posted and told in the end. */
export interface Credited {
  readonly effects: Effects;
  readonly balance: number;
  /** 0: the outcome's own. */
  readonly receiptId: number;
}

/** Puts balance and receipt into the outcome; posts nothing yet. */
export function completed({ money }: Books, entry: Flat, outcome: Flat, asked: PackedCrediting): Credited {
  const { effects, receiptId } = asked.reward
    ? money.rewarded(asked.effects, asked.reward)
    : { effects: asked.effects, receiptId: 0 };
  const currency = entry[CURRENCY] as string;
  const { account } = asked;
  const balance = money.ledger.balanceOf(account, currency) + gainOf(effects.postings, account, currency);
  outcome[BALANCE] = balance;
  outcome[BALANCE_CURRENCY] = currency;
  if (receiptId > 0) outcome[RECEIPT] = receiptId;
  return { effects, balance, receiptId };
}

export function credit(books: Books): Handler {
  const { journal, money } = books;
  return (input, out) => {
    const entry = takeEntry(input);
    const outcome = input.take(OUTCOME_SIZE);
    const now = input.number();
    const asked = input.object<PackedCrediting>();
    const mayWait = input.number() === 1;
    const lacks = mayWait ? () => lacksOf(books, '', [], asked.effects.postings) : undefined;
    if (pushTombstone(books, entry, now, out)) return;
    if (pushRefused(books, entry, packEffects(asked.effects), now, out, lacks)) return;
    const { effects, balance } = completed(books, entry, outcome, asked);
    const remembered = rememberedOf(0, entry);
    const id = journal.insert(entry, outcome, closedAs('approved', now), packEffects(effects));
    if (id === undefined) {
      pushMet(books, entry, out);
      return;
    }
    money.hold(id, effects, '', now);
    if (asked.remember) books.memory.remember({ ...remembered, id }, asked.remember, now);
    out.push('credited', id, balance, entry[CURRENCY] as string, outcome[RECEIPT] as number);
  };
}
