/**
 * What DE3 says: the type of transaction and the accounts it takes from and gives to. Types between the standard's
 * are marked by who uses them.
 */

const TYPES: Readonly<Record<string, string>> = {
  '00': 'goods and services',
  '01': 'cash withdrawal',
  '02': 'adjustment, debit',
  '03': 'cheque guarantee',
  '04': 'cheque verification',
  '05': "traveller's cheque",
  '06': 'letter of credit',
  '07': 'giro',
  '09': 'goods and services with cash back',
  '10': 'non-cash financial instrument',
  '11': 'quasi-cash',
  '12': 'cash advance, or by some a PIN purchase',
  '13': 'account inquiry (prepaid gateways)',
  '14': 'reversal of a recharge (prepaid gateways)',
  '15': 'reversal of a PIN sale (prepaid gateways)',
  '16': 'recharge or transfer (seen)',
  '18': 'top-up (seen), or Asian cash advance',
  '19': 'fee collection',
  '20': 'return',
  '21': 'deposit, or account credit',
  '22': 'adjustment, credit',
  '23': 'cheque deposit guarantee',
  '24': 'cheque deposit',
  '25': 'general credit',
  '26': 'original credit',
  '28': 'merchandise request, or prepaid PIN sale',
  '29': 'fund disbursement, or by our default profile a batch',
  '30': 'available funds inquiry',
  '31': 'balance inquiry',
  '32': 'general inquiry',
  '33': 'full statement inquiry',
  '34': 'merchandise or payee inquiry',
  '35': 'card verification or full statement',
  '36': 'merchandise inquiry, or catalogue of products',
  '37': 'payee or bill inquiry (seen)',
  '38': 'mini statement, or payment inquiry (seen)',
  '39': 'general inquiry',
  '40': "transfer between the cardholder's accounts",
  '41': 'transfer, or top-up (seen)',
  '48': 'bill payment (West Africa), or transfer',
  '4A': 'prepaid sale (West Africa)',
  '4B': 'list of billers (West Africa)',
  '4C': 'list of products (West Africa)',
  '4E': 'validation (West Africa)',
  '50': 'payment from an account',
  '51': 'payment',
  '52': 'payment to a third party',
  '53': 'payment',
  '54': 'payment by instalments',
  '60': 'status inquiry (seen)',
  '65': 'packet or top-up (seen)',
  '70': 'status of a reversal (seen), or PIN change',
  '72': 'card activation',
  '80': 'bill or prepaid payment (seen)',
  '90': 'PIN change',
  '91': 'card verification',
  '92': 'PIN change',
};

const ACCOUNTS: Readonly<Record<string, string>> = {
  '00': 'default account',
  '10': 'savings account',
  '20': 'checking account',
  '30': 'credit account',
  '40': 'universal account',
  '50': 'investment account',
  '60': 'electronic purse',
};

/** Undefined where the type is not known. */
export function processingMeaning(code: string): string | undefined {
  const type = TYPES[code.slice(0, 2)];
  if (type === undefined || code.length !== 6) return undefined;
  const from = accountType(code.slice(2, 4));
  const to = accountType(code.slice(4, 6));
  if (from === ACCOUNTS['00'] && to === ACCOUNTS['00']) return type;
  return `${type}; from ${from}, to ${to}`;
}

export function accountType(code: string): string {
  return ACCOUNTS[code] ?? `account type ${code}`;
}
