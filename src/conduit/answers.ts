/**
 * From an outcome to an answer message. Echoed fields are copied undecoded; DE39 comes from the profile's
 * table, and nowhere else. DE54 (balance) is laid out as the standard says: account type 2, amount type 2,
 * currency 3, sign 1, amount 12.
 */
import type { Outcome } from '../domain/outcome.js';
import type { Codec, FieldValue, Message, TlvEntry } from '../iso8583/index.js';
import type { Profile } from './profile.js';
import { answerMti } from './rules.js';

type FieldTable = { [de: number]: FieldValue };

/** The longest value of a TLV with a 3-digit length. */
const TLV_VALUE_MAX = 999;

export function answerWriter(profile: Profile, codec: Codec): (request: Message, outcome: Outcome) => Buffer {
  const layout = profile.answer;
  return (request, outcome) => {
    const fields: FieldTable = { [layout.reasonField]: profile.reasons[outcome.reason] ?? '' };
    if (layout.approvalCode && outcome.approvalCode !== '') {
      fields[layout.approvalCode] = outcome.approvalCode.padEnd(6);
    }
    if (layout.balance && outcome.balance) fields[layout.balance] = balanceText(outcome.balance);
    if (layout.transactionId && outcome.transactionId !== undefined) {
      fields[layout.transactionId] = String(outcome.transactionId);
    }
    writePins(layout.pins, outcome, fields);
    return codec.respond(request, answerMti(request.mti), layout.echo, fields);
  };
}

function balanceText(balance: { readonly amount: number; readonly currency: string }): string {
  const sign = balance.amount < 0 ? 'D' : 'C';
  return `0002${balance.currency}${sign}${String(Math.abs(balance.amount)).padStart(12, '0')}`;
}

function writePins(layout: Profile['answer']['pins'], outcome: Outcome, fields: FieldTable): void {
  if (layout.layout === 'tlv') {
    const entries = tlvEntries(outcome);
    if (entries.length > 0) fields[layout.field] = entries;
    return;
  }
  const pin = outcome.pins[0];
  if (!pin) return;
  fields[layout.field] = outcome.pins.map(({ code }) => code).join(',');
  if (layout.expiry) fields[layout.expiry] = pin.expiry.slice(2);
}

function tlvEntries(outcome: Outcome): TlvEntry[] {
  const entries: TlvEntry[] = [];
  for (const pin of outcome.pins) {
    entries.push(['PN', pin.code], ['SN', pin.serial], ['EX', pin.expiry]);
  }
  if (outcome.accountExpiry !== '') entries.push(['AE', outcome.accountExpiry]);
  for (const line of outcome.receipt) entries.push(['RL', line.slice(0, TLV_VALUE_MAX)]);
  return entries;
}
