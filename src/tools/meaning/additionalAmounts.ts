/** DE54: amounts beside the transaction's, twenty characters each: account, kind, currency, sign, amount. */
import { amountMeaning } from './currencies.js';
import { accountType } from './processingCodes.js';

const AMOUNT_CHARACTERS = 20;
/** Told of so many at most; the standard's field holds six. */
const AMOUNTS_MAX = 6;

const KINDS: Readonly<Record<string, string>> = {
  '01': 'ledger balance',
  '02': 'available balance',
  '03': 'owed',
  '04': 'due',
  '05': 'available credit',
  '20': 'remaining this cycle',
  '40': 'cash back',
  '41': 'goods',
  '42': 'gratuity',
};

/** `available balance 25.00 USD, credit (default account)`; undefined where the text is not of that layout. */
export function additionalAmountsMeaning(text: string): string | undefined {
  if (text.length === 0 || text.length % AMOUNT_CHARACTERS !== 0) return undefined;
  const told: string[] = [];
  for (let at = 0; at < text.length && told.length < AMOUNTS_MAX; at += AMOUNT_CHARACTERS) {
    const match = /^(\w\w)(\w\w)(\d{3})([CD])(\d{12})$/.exec(text.slice(at, at + AMOUNT_CHARACTERS));
    if (match === null) return undefined;
    const [, account = '', kind = '', currency = '', sign, digits = ''] = match;
    const amount = amountMeaning(digits, currency) ?? `${Number(digits)} of currency ${currency}`;
    const side = sign === 'C' ? 'credit' : 'debit';
    told.push(`${KINDS[kind] ?? `amount type ${kind}`} ${amount}, ${side} (${accountType(account)})`);
  }
  return told.join('; ');
}
