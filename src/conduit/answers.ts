/**
 * From an outcome to an answer message. Echoed fields are copied undecoded; DE39 comes from the profile's
 * table, and nowhere else. DE54 (balance) is laid out as the standard says: account type 2, amount type 2,
 * currency 3, sign 1, amount 12.
 */
import type { Outcome } from '../domain/outcome.js';
import type { Codec, FieldValue, Message, TlvEntry } from '../iso8583/index.js';
import type { Profile } from './profile.js';
import { answerMti } from './rules.js';

/** The longest value of a TLV with a 3-digit length. */
const TLV_VALUE_MAX = 999;

/** A field's value in the answer to this outcome; undefined where it has none. */
type Told = (outcome: Outcome) => FieldValue | undefined;

export function answerWriter(profile: Profile, codec: Codec): (request: Message, outcome: Outcome) => Buffer {
  const { echo } = profile.answer;
  const told = toldFields(profile);
  return (request, outcome) => {
    const fields: [number, FieldValue][] = [];
    for (const [de, tell] of told) {
      const value = tell(outcome);
      if (value !== undefined) fields.push([de, value]);
    }
    return codec.respond(request, answerMti(request.mti), echo, fields);
  };
}

/** What the profile tells, ascending by field: the codec writes a list in that order fastest. */
function toldFields({ answer, reasons }: Profile): readonly (readonly [number, Told])[] {
  const told: [number, Told][] = [[answer.reasonField, ({ reason }) => reasons[reason] ?? '']];
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

function balanceText(balance: { readonly amount: number; readonly currency: string }): string {
  const sign = balance.amount < 0 ? 'D' : 'C';
  return `0002${balance.currency}${sign}${String(Math.abs(balance.amount)).padStart(12, '0')}`;
}

function tlvEntries(outcome: Outcome): readonly TlvEntry[] | undefined {
  const entries: TlvEntry[] = [];
  for (const pin of outcome.pins) {
    entries.push(['PN', pin.code], ['SN', pin.serial], ['EX', pin.expiry]);
  }
  if (outcome.accountExpiry !== '') entries.push(['AE', outcome.accountExpiry]);
  for (const line of outcome.receipt) entries.push(['RL', line.slice(0, TLV_VALUE_MAX)]);
  return entries.length > 0 ? entries : undefined;
}
