/**
 * The messages that an ISO 8583 supplier gets, and the reading of its answers. 1987 message types, the fields
 * of the project's default profile: DE3 service, DE4 and DE49 amount, DE48 PR/QT/RG, DE102 account; DE37 is our
 * reference. Everything that names a transaction is made from the order alone, so that a repeat or a reversal
 * names the same one after a restart:
 *   DE11  the last four characters of the reference, read in base 36, modulo 999,999, plus 1. References end
 *         in a counter, so that 679,617 orders in a row have different STANs.
 *   DE7, DE12, DE13  from `orderedAt`; DE7 in UTC, the others in the configured zone.
 *   DE37  the reference, zeros to its left up to 12 characters.
 * All functions are pure. Iso8583Error where a value does not fit the format.
 */
import type { Money } from '../domain/money.js';
import type { SoldPin } from '../domain/outcome.js';
import type { Fields, Message, TlvEntry } from '../iso8583/index.js';
import type { CodeMeaning } from './iso8583-codes.js';
import type { SupplyOrder, SupplyResult } from './supply.js';
import { approvalCode, supplierWords } from './words.js';

/** How this switch names itself at the host. */
export interface Identification {
  /** DE32. */
  readonly acquirer: string;
  /** DE41 and DE42; undefined where the order's own are sent. */
  readonly terminal: string | undefined;
  readonly merchant: string | undefined;
  readonly utcOffsetMinutes: number;
}

const PROCESSING_CODE: Readonly<Record<SupplyOrder['service'], string>> = {
  'account-credit': '210000',
  'account-inquiry': '310000',
  'pin-sale': '280000',
};

const STANS = 999_999;

export function stanOf(reference: string): string {
  const serial = Number.parseInt(reference.slice(-4), 36);
  return String((Number.isNaN(serial) ? 0 : serial % STANS) + 1).padStart(6, '0');
}

export function rrnOf(reference: string): string {
  return reference.padStart(12, '0');
}

/** `MMDDhhmmss` at an instant, ms since the epoch, in a zone east of UTC by so many minutes. */
export function wireTime(instant: number, utcOffsetMinutes: number): string {
  const text = new Date(instant + utcOffsetMinutes * 60_000).toISOString();
  return text.slice(5, 19).replace(/[-T:]/g, '');
}

/** The fields of 0200 and of its repeat 0201. */
export function orderFields(order: SupplyOrder, us: Identification): Fields {
  const tlv: TlvEntry[] = [];
  if (order.product !== '') tlv.push(['PR', order.product]);
  if (order.service === 'pin-sale') tlv.push(['QT', String(order.quantity)]);
  if (order.region !== '') tlv.push(['RG', order.region]);
  return {
    ...commonFields(order, us),
    48: tlv.length === 0 ? undefined : tlv,
    102: order.account === '' ? undefined : order.account,
  };
}

/** The fields of 0420 and of its repeat 0421: the original's STAN, times and RRN, and DE90. */
export function reversalFields(order: SupplyOrder, us: Identification): Fields {
  const sent = wireTime(order.orderedAt, 0);
  const acquirer = us.acquirer.padStart(11, '0');
  return {
    ...commonFields(order, us),
    90: `0200${stanOf(order.reference)}${sent}${acquirer}${'0'.repeat(11)}`,
    102: order.account === '' ? undefined : order.account,
  };
}

/** 0800: `301` echo, `001` sign-on, `002` sign-off. */
export function networkFields(code: '001' | '002' | '301', stan: string, instant: number): Fields {
  return { 7: wireTime(instant, 0), 11: stan, 70: code };
}

function commonFields(order: SupplyOrder, us: Identification): Fields {
  const local = wireTime(order.orderedAt, us.utcOffsetMinutes);
  return {
    3: PROCESSING_CODE[order.service],
    4: String(order.amount).padStart(12, '0'),
    7: wireTime(order.orderedAt, 0),
    11: stanOf(order.reference),
    12: local.slice(4),
    13: local.slice(0, 4),
    32: us.acquirer,
    37: rrnOf(order.reference),
    41: us.terminal ?? order.terminal,
    42: us.merchant ?? order.merchant,
    49: order.currency,
  };
}

/**
 * What a request and its answer share: message class, STAN and (where `terminal` is given) DE41. A repeat and
 * an answer fold onto their request: 0201 and 0210 onto 0200, 0421 and 0430 onto 0420.
 */
export function matchKey(mti: string, stan: string, terminal: string): string {
  const asked = Number(mti.charAt(2)) & ~1;
  return `${mti.slice(0, 2)}${asked}0|${stan}|${terminal}`;
}

export type AnswerVerdict =
  | SupplyResult
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'fault'; readonly fault: 'mismatch' | 'supplier-fault' | 'malformed' };

/** Reads 0210. */
export function readOrderAnswer(
  answer: Message,
  order: SupplyOrder,
  codes: ReadonlyMap<string, CodeMeaning>,
): AnswerVerdict {
  const code = answer.text(39);
  if (code === undefined) return { kind: 'fault', fault: 'malformed' };
  if (!isFor(answer, order)) return { kind: 'fault', fault: 'mismatch' };
  const meaning = codes.get(code) ?? 'supplier-refused';
  switch (meaning) {
    case 'approved':
      return approval(answer, order);
    case 'in-progress':
      return { kind: 'in-progress' };
    case 'unknown':
      return { kind: 'fault', fault: 'supplier-fault' };
    case 'unavailable':
      return { kind: 'unavailable' };
    default: {
      const words = supplierWords(answer.text(44) ?? '', order.account);
      return { kind: 'refused', reason: meaning, supplierReason: words === '' ? code : words };
    }
  }
}

/** Reads 0430. */
export function isUndone(answer: Message, order: SupplyOrder, undone: ReadonlySet<string>): boolean {
  return isFor(answer, order) && undone.has(answer.text(39) ?? '');
}

/** Our reference, and the amount and currency that we sent; what the host leaves out it does not deny. */
function isFor(answer: Message, order: SupplyOrder): boolean {
  const amount = answer.text(4);
  const currency = answer.text(49);
  if (answer.text(37) !== rrnOf(order.reference)) return false;
  if (order.service === 'account-inquiry') return true;
  return (
    (amount === undefined || Number(amount) === order.amount) &&
    (currency === undefined || currency === order.currency)
  );
}

function approval(answer: Message, order: SupplyOrder): AnswerVerdict {
  const told = tlvOf(answer);
  if (told === undefined) return { kind: 'fault', fault: 'malformed' };
  const pins = pinsOf(told);
  const due = order.service === 'pin-sale' ? order.quantity : 0;
  if (pins.length !== due || pins.some(({ code }) => code === ''))
    return { kind: 'fault', fault: 'mismatch' };
  if (!pins.every(isPrintable)) return { kind: 'fault', fault: 'malformed' };
  const expiry = told.find(([tag]) => tag === 'AE')?.[1];
  return {
    kind: 'approved',
    approvalCode: approvalCode(answer.text(38) ?? ''),
    balance: balanceOf(answer.text(54) ?? ''),
    accountExpiry: typeof expiry === 'string' && /^\d{8}$/.test(expiry) ? expiry : '',
    pins,
  };
}

/** DE63 as entries; undefined where it is there and is no TLV. */
function tlvOf(answer: Message): readonly TlvEntry[] | undefined {
  if (!answer.has(63)) return [];
  const value = answer.value(63);
  return Array.isArray(value) ? (value as readonly TlvEntry[]) : undefined;
}

function pinsOf(told: readonly TlvEntry[]): SoldPin[] {
  const pins: { code: string; serial: string; expiry: string }[] = [];
  for (const [tag, value] of told) {
    const last = pins.at(-1);
    if (typeof value !== 'string') continue;
    if (tag === 'PN') pins.push({ code: value, serial: '', expiry: '' });
    else if (tag === 'SN' && last !== undefined) last.serial = value;
    else if (tag === 'EX' && last !== undefined) last.expiry = value;
  }
  return pins;
}

/** What the answer to a terminal holds of a PIN (conduit/answerItems.ts), and can say. */
function isPrintable({ code, serial, expiry }: SoldPin): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(code) && /^[\x20-\x7e]{0,64}$/.test(serial) && /^(\d{8})?$/.test(expiry);
}

/** DE54: account type 2, amount type 2, currency 3, C or D, amount 12; the first credit balance counts. */
function balanceOf(text: string): Money | undefined {
  for (let at = 0; at + 20 <= text.length; at += 20) {
    const [, currency, amount] = /^[0-9]{4}([0-9]{3})C([0-9]{12})$/.exec(text.slice(at, at + 20)) ?? [];
    if (currency !== undefined && amount !== undefined) return { amount: Number(amount), currency };
  }
  return undefined;
}
