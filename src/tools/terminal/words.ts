/** What DE39 says, for people at a terminal: ISO 8583:1987 (two characters) and 1993 (three digits). */
const WORDS: Readonly<Record<string, string>> = {
  '00': 'approved',
  '03': 'invalid merchant',
  '05': 'refused by the supplier',
  '09': 'in progress: send it again',
  '10': 'partially approved: see the items',
  '12': 'invalid transaction, or it was reversed',
  '13': 'invalid amount',
  '14': 'invalid account',
  '15': 'unknown product',
  '25': 'original not found',
  '30': 'format error',
  '40': 'function not supported',
  '46': 'the account is cancelled',
  '51': "the merchant's credit is short",
  '58': 'not permitted to this terminal',
  '61': 'over the amount limit',
  '62': 'the account is blocked',
  '63': 'security error',
  '65': 'over the frequency limit',
  '68': 'response late',
  '84': 'out of stock',
  '85': 'invalid region',
  '86': "over the account's limit",
  '87': 'the account is suspended',
  '91': 'the supplier is down',
  '92': 'no route to a supplier',
  '94': 'duplicate: the same key with other content',
  '96': 'malfunction',
  '000': 'approved',
  '002': 'partially approved: see the items',
  '109': 'invalid merchant',
  '110': 'invalid amount',
  '111': 'invalid account',
  '115': 'function not supported',
  '116': "the merchant's credit is short",
  '120': 'not permitted to this terminal',
  '121': 'over the amount limit',
  '123': 'over the frequency limit',
  '191': 'the account is cancelled',
  '192': 'the account is suspended',
  '193': "over the account's limit",
  '400': 'reversal accepted',
  '800': 'accepted',
  '902': 'invalid transaction, or it was reversed',
  '904': 'format error',
  '907': 'the supplier is down',
  '908': 'unknown product, or no route to a supplier',
  '909': 'malfunction',
  '911': 'response late',
  '913': 'duplicate: the same key with other content',
  '914': 'original not found',
  '916': 'security error',
  '923': 'in progress: send it again',
};

const APPROVED: ReadonlySet<string> = new Set(['00', '000', '400', '800']);

export function isApproved(code: string): boolean {
  return APPROVED.has(code);
}

export function meaningOf(code: string): string {
  return WORDS[code] ?? 'a code of its own';
}
