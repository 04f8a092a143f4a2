/**
 * From an outcome to an answer message. Echoed fields are copied undecoded; DE39 comes from the profile's
 * table, and nowhere else. DE54 (balance) is laid out as the standard says: account type 2, amount type 2,
 * currency 3, sign 1, amount 12.
 */
import type { Money } from '../domain/money.js';
import type { Listed, Outcome } from '../domain/outcome.js';
import type { Codec, FieldValue, Message } from '../iso8583/index.js';
import type { Profile } from './profile.js';
import { answerMti } from './rules.js';

/** Characters of a field with a 3-digit length. */
const FIELD_MAX = 999;
/** Tag and length of an entry. */
const TLV_HEAD = 5;

/** What NX takes at most: a page is a code of 40 characters at most. */
const NEXT_LENGTH = TLV_HEAD + 40;

/** Tag and value of a TLV. */
type Entry = readonly [tag: string, value: string];

/** A field's value in the answer to this outcome; undefined where it has none. */
type Told = (outcome: Outcome, request: Message) => FieldValue | undefined;

export function answerWriter(profile: Profile, codec: Codec): (request: Message, outcome: Outcome) => Buffer {
  const { echo } = profile.answer;
  const told = toldFields(profile);
  return (request, outcome) => {
    const fields: [number, FieldValue][] = [];
    for (const [de, tell] of told) {
      const value = tell(outcome, request);
      if (value !== undefined) fields.push([de, value]);
    }
    return codec.respond(request, answerMti(request.mti), echo, fields);
  };
}

/** What the profile tells, ascending by field: the codec writes a list in that order fastest. */
function toldFields({ answer, reasons, approvals }: Profile): readonly (readonly [number, Told])[] {
  const told: [number, Told][] = [
    [
      answer.reasonField,
      ({ reason }, { mti }) =>
        (reason === 'approved' ? approvals[mti.charAt(1)] : undefined) ?? reasons[reason] ?? '',
    ],
  ];
  const { approvalCode, balance, transactionId, pins } = answer;
  if (approvalCode) told.push([approvalCode, (outcome) => filled(outcome.approvalCode)?.padEnd(6)]);
  if (balance) told.push([balance, (outcome) => outcome.balance && balanceText(outcome.balance)]);
  if (transactionId) told.push([transactionId, (outcome) => outcome.transactionId?.toString()]);
  if (pins.layout === 'tlv') {
    told.push([pins.field, tlvEntries]);
  } else {
    told.push([pins.field, (outcome) => filled(outcome.pins.map(({ code }) => code).join(','))]);
    if (pins.expiry) told.push([pins.expiry, (outcome) => outcome.pins[0]?.expiry.slice(2)]);
  }
  return told.sort(([one], [other]) => one - other);
}

function filled(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** Undefined for one that the field's twelve digits cannot say. */
function balanceText({ amount, currency }: Money): string | undefined {
  const digits = String(Math.abs(amount)).padStart(12, '0');
  return digits.length > 12 ? undefined : `0002${currency}${amount < 0 ? 'D' : 'C'}${digits}`;
}

/** As many items as the field holds, and NX where there are more. One alone always fits: the catalogue bounds its texts. */
function listingEntries(listing: readonly Listed[]): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  let left = FIELD_MAX;
  for (const [at, item] of listing.entries()) {
    left -= lengthOf(item.entries);
    const next = listing[at + 1];
    if (left < 0 || (next && left < NEXT_LENGTH)) {
      entries.push(['NX', item.page]);
      break;
    }
    entries.push(...item.entries);
  }
  return entries.length > 0 ? entries : undefined;
}

/** What matters most comes first, and what the field does not hold is left out: PINs always fit (QUANTITY_MAX). */
function tlvEntries({ pins, accountExpiry, receipt, listing }: Outcome): readonly Entry[] | undefined {
  if (listing) return listingEntries(listing);
  const whole = pins.flatMap(({ code, serial, expiry }): Entry[] => [
    ['PN', code],
    ['SN', serial],
    ['EX', expiry],
  ]);
  const entries = lengthOf(whole) <= FIELD_MAX ? whole : whole.filter(([tag]) => tag === 'PN');
  if (accountExpiry !== '') entries.push(['AE', accountExpiry]);
  let left = FIELD_MAX - lengthOf(entries);
  for (const line of receipt) {
    left -= TLV_HEAD + line.length;
    if (left < 0) break;
    entries.push(['RL', line]);
  }
  return entries.length > 0 ? entries : undefined;
}

function lengthOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [, value]) => sum + TLV_HEAD + value.length, 0);
}
