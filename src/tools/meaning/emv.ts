/**
 * EMV data objects (DE55): the usual tags by name, and what the values of some say. Only what concerns the terminal
 * and the outcome is interpreted; what identifies a card is not.
 */
import { countryMeaning, currencyMeaning } from './currencies.js';
import { dateMeaning } from './dates.js';
import { processingMeaning } from './processingCodes.js';

const NAMES: Readonly<Record<string, string>> = {
  '42': 'Issuer identification number',
  '4F': 'Application identifier (card)',
  '50': 'Application label',
  '56': 'Track 1 data',
  '57': 'Track 2 equivalent data',
  '5A': 'Application PAN',
  '5F20': 'Cardholder name',
  '5F24': 'Application expiration date',
  '5F25': 'Application effective date',
  '5F28': 'Issuer country code',
  '5F2A': 'Transaction currency code',
  '5F2D': 'Language preference',
  '5F30': 'Service code',
  '5F34': 'PAN sequence number',
  '5F36': 'Transaction currency exponent',
  '71': 'Issuer script template 1',
  '72': 'Issuer script template 2',
  '81': 'Amount, authorized (binary)',
  '82': 'Application interchange profile',
  '84': 'Dedicated file name',
  '86': 'Issuer script command',
  '87': 'Application priority indicator',
  '89': 'Authorization code',
  '8A': 'Authorization response code',
  '8C': 'Card risk management data object list 1',
  '8D': 'Card risk management data object list 2',
  '8E': 'Cardholder verification method list',
  '8F': 'Certification authority public key index',
  '91': 'Issuer authentication data',
  '94': 'Application file locator',
  '95': 'Terminal verification results',
  '9A': 'Transaction date',
  '9B': 'Transaction status information',
  '9C': 'Transaction type',
  '9F01': 'Acquirer identifier',
  '9F02': 'Amount, authorized',
  '9F03': 'Amount, other',
  '9F06': 'Application identifier (terminal)',
  '9F07': 'Application usage control',
  '9F08': 'Application version number (card)',
  '9F09': 'Application version number (terminal)',
  '9F0D': 'Issuer action code, default',
  '9F0E': 'Issuer action code, denial',
  '9F0F': 'Issuer action code, online',
  '9F10': 'Issuer application data',
  '9F11': 'Issuer code table index',
  '9F12': 'Application preferred name',
  '9F15': 'Merchant category code',
  '9F16': 'Merchant identifier',
  '9F1A': 'Terminal country code',
  '9F1B': 'Terminal floor limit',
  '9F1C': 'Terminal identification',
  '9F1E': 'Interface device serial number',
  '9F21': 'Transaction time',
  '9F26': 'Application cryptogram',
  '9F27': 'Cryptogram information data',
  '9F33': 'Terminal capabilities',
  '9F34': 'Cardholder verification method results',
  '9F35': 'Terminal type',
  '9F36': 'Application transaction counter',
  '9F37': 'Unpredictable number',
  '9F39': 'Point of service entry mode',
  '9F40': 'Additional terminal capabilities',
  '9F41': 'Transaction sequence counter',
  '9F42': 'Application currency code',
  '9F45': 'Data authentication code',
  '9F4C': 'ICC dynamic number',
  '9F4E': 'Merchant name and location',
  '9F53': 'Transaction category code',
  '9F5B': 'Issuer script results',
  '9F66': 'Terminal transaction qualifiers',
  '9F6C': 'Card transaction qualifiers',
  '9F6E': 'Form factor indicator, or third party data',
  '9F7C': 'Customer exclusive data',
  DF01: 'Private data 01',
};

/** By bytes of the terminal verification results, from the highest bit; empty where reserved. */
const VERIFICATION: readonly (readonly string[])[] = [
  [
    'no offline data authentication',
    'static authentication failed',
    'chip data missing',
    'card on exception file',
    'dynamic authentication failed',
    'combined authentication failed',
    'static authentication selected',
  ],
  [
    'chip and terminal have other versions',
    'expired application',
    'application not yet effective',
    'service not allowed for the card',
    'new card',
  ],
  [
    'cardholder verification failed',
    'unknown verification method',
    'PIN try limit exceeded',
    'PIN pad missing or out of order',
    'PIN not entered',
    'online PIN entered',
  ],
  [
    'over the floor limit',
    'lower offline limit exceeded',
    'upper offline limit exceeded',
    'chosen at random for online',
    'merchant forced online',
  ],
  ['default list used', 'issuer authentication failed', 'script failed before', 'script failed after'],
];

const CRYPTOGRAMS = ['declined offline (AAC)', 'approved offline (TC)', 'to be asked online (ARQC)'] as const;

const METHODS: Readonly<Record<number, string>> = {
  0: 'verification failed',
  1: 'PIN in clear, checked by the chip',
  2: 'PIN enciphered, checked online',
  3: 'PIN in clear, checked by the chip, and signature',
  4: 'PIN enciphered, checked by the chip',
  5: 'PIN enciphered, checked by the chip, and signature',
  30: 'signature',
  31: 'no verification needed',
  63: 'no method performed',
};

export function emvTagName(tag: string): string | undefined {
  return NAMES[tag];
}

/** What a value in hexadecimal says; undefined for most. */
export function emvMeaning(tag: string, hex: string): string | undefined {
  switch (tag) {
    case '5F2A':
    case '9F42':
      return currencyMeaning(hex.slice(1));
    case '5F28':
    case '9F1A':
      return countryMeaning(hex.slice(1));
    case '95':
      return verificationResults(hex);
    case '9A':
    case '5F24':
    case '5F25':
      return dateMeaning('YYMMDD', hex);
    case '9F21':
      return dateMeaning('hhmmss', hex);
    case '9C':
      return processingMeaning(`${hex}0000`);
    case '9F27':
      return CRYPTOGRAMS[Number.parseInt(hex, 16) >> 6];
    case '9F34':
      return METHODS[Number.parseInt(hex.slice(0, 2), 16) & 0x3f];
    case '50':
    case '8A':
    case '9F12':
    case '9F1C':
    case '9F1E':
    case '9F4E':
      return asText(hex);
    default:
      return undefined;
  }
}

function verificationResults(hex: string): string | undefined {
  if (hex.length !== 10) return undefined;
  const set = VERIFICATION.flatMap((names, byte) => {
    const bits = Number.parseInt(hex.slice(2 * byte, 2 * byte + 2), 16);
    return names.filter((name, bit) => name !== '' && (bits & (0x80 >> bit)) !== 0);
  });
  return set.length === 0 ? 'nothing wrong' : set.join(', ');
}

function asText(hex: string): string | undefined {
  const text = Buffer.from(hex, 'hex').toString('latin1');
  return /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}
