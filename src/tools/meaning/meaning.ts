/**
 * What a field's value means, where public facts tell: message type, processing code, response code, currencies and
 * amounts, countries, dates, how a card was read, network codes, EMV data. The version of the standard is told from the
 * field's length and name rather than from the message type, which does not settle it. What a row may not show in
 * clear has no meaning either.
 */
import type { Codec, FieldRow, Message } from '../../iso8583/index.js';
import { additionalAmountsMeaning } from './additionalAmounts.js';
import { amountMeaning, countryMeaning, currencyMeaning } from './currencies.js';
import { type DatePattern, dateMeaning } from './dates.js';
import { emvMeaning, emvTagName } from './emv.js';
import { functionMeaning, networkMeaning, reasonMeaning, settlementMeaning } from './functions.js';
import { messageTypeMeaning } from './messageTypes.js';
import { conditionMeaning, entryMeaning } from './pointOfService.js';
import { processingMeaning } from './processingCodes.js';
import { responseMeaning } from './responses.js';

/** A row with the bytes that it was read from and what it says. */
export interface MeaningRow extends FieldRow {
  /** Upper-case hexadecimal; undefined where the row is sensitive and was not asked for in clear. */
  readonly raw: string | undefined;
  readonly meaning: string | undefined;
}

/** The message field by field, masked unless `clear`. */
export function meaningRows(codec: Codec, message: Message, clear: boolean): MeaningRow[] {
  const context = contextOf(message);
  return codec.describe(message, { clear }).map((row) => {
    const hidden = row.sensitive && !clear;
    const raw = message.frame.toString('hex', row.offset, row.offset + row.length).toUpperCase();
    return {
      ...row,
      name: nameOf(row, codec),
      raw: hidden ? undefined : raw,
      meaning: hidden ? undefined : meaningOf(row.path, row.value, context),
    };
  });
}

/** What other fields tell about one. */
interface Context {
  readonly currency: string | undefined;
  readonly settlementCurrency: string | undefined;
  readonly billingCurrency: string | undefined;
  /** The fields of 1993 and later, by what DE24 and DE12 look like. */
  readonly later: boolean;
}

function contextOf(message: Message): Context {
  const entry = message.text(22)?.length ?? 0;
  const response = message.text(39)?.length ?? 0;
  const time = message.text(12)?.length ?? 0;
  const reason = message.text(25)?.length ?? 0;
  const is1987 = response === 2 || time === 6 || entry === 3 || reason === 2;
  return {
    currency: message.text(49),
    settlementCurrency: message.text(50),
    billingCurrency: message.text(51),
    later: !is1987 && (response > 2 || reason > 2 || entry > 4 || /^[12]/.test(message.mti)),
  };
}

function nameOf(row: FieldRow, codec: Codec): string {
  const tag = /^55\.([0-9A-F]{2,8})$/.exec(row.path)?.[1];
  const known = tag === undefined ? undefined : emvTagName(tag);
  return known === undefined || row.name !== codec.fieldName('55.00') ? row.name : known;
}

/** What `text` says in the field of `path`. */
function meaningOf(path: string, text: string, context: Context): string | undefined {
  if (path === 'mti' || path === '90.mti' || path === '56.mti') return messageTypeMeaning(text);
  if (path.startsWith('55.')) return emvMeaning(path.slice(3), text);
  const amount = amountIn(path, text, context);
  return amount ?? READERS[path]?.(text, context);
}

function amountIn(path: string, text: string, context: Context): string | undefined {
  const which = AMOUNTS[path];
  if (which === undefined) return undefined;
  // 2003 puts currency and exponent before the amount.
  if (path === '4' && text.length === 16) return amountMeaning(text.slice(4), text.slice(0, 3));
  const [, sign = '', digits = text] = /^([CD])(\d+)$/.exec(text) ?? [];
  const amount = amountMeaning(digits, context[which]);
  if (amount === undefined) return undefined;
  return sign === '' ? amount : `${amount}, ${sign === 'C' ? 'credit' : 'debit'}`;
}

type Currency = 'currency' | 'settlementCurrency' | 'billingCurrency';

const AMOUNTS: Readonly<Record<string, Currency>> = {
  '4': 'currency',
  '5': 'settlementCurrency',
  '6': 'billingCurrency',
  '8': 'billingCurrency',
  '28': 'currency',
  '29': 'settlementCurrency',
  '30': 'currency',
  '31': 'settlementCurrency',
  '86': 'settlementCurrency',
  '87': 'settlementCurrency',
  '88': 'settlementCurrency',
  '89': 'settlementCurrency',
  '97': 'settlementCurrency',
};

type Reader = (text: string, context: Context) => string | undefined;

const date =
  (...patterns: readonly DatePattern[]): Reader =>
  (text) => {
    const pattern = patterns.find(({ length }) => length === text.length);
    return pattern && dateMeaning(pattern, text);
  };

const READERS: Readonly<Record<string, Reader>> = {
  '3': processingMeaning,
  '7': date('MMDDhhmmss'),
  '12': date('hhmmss', 'YYMMDDhhmmss', 'CCYYMMDDhhmmss'),
  '13': (text, { later }) => {
    if (text.length === 6) return dateMeaning('YYMMDD', text);
    return dateMeaning(later ? 'YYMM' : 'MMDD', text);
  },
  '14': date('YYMM'),
  '15': date('MMDD', 'YYMMDD', 'CCYYMMDD'),
  '16': date('MMDD', 'YYMMDD'),
  '17': date('MMDD'),
  '19': countryMeaning,
  '20': countryMeaning,
  '21': countryMeaning,
  '22': entryMeaning,
  '24': (text, { later }) => (later ? functionMeaning(text) : undefined),
  '25': (text) => (text.length === 4 ? reasonMeaning(text) : conditionMeaning(text)),
  '39': responseMeaning,
  '49': currencyMeaning,
  '50': currencyMeaning,
  '51': currencyMeaning,
  '54': additionalAmountsMeaning,
  '66': settlementMeaning,
  '68': countryMeaning,
  '69': countryMeaning,
  '70': (text, { later }) => (later ? countryMeaning(text) : networkMeaning(text)),
  '73': date('YYMMDD', 'CCYYMMDD'),
  '90.transmitted': date('MMDDhhmmss'),
};
