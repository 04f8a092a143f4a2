/**
 * From an outcome to an answer message. Echoed fields are copied undecoded; DE39 comes from the profile's
 * table, and nowhere else.
 */
import type { Listed, Outcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import type { Codec, FieldValue, Message } from '../iso8583/index.js';
import { itemFields } from './answerItems.js';
import { placesTeller } from './answerPlaces.js';
import { balanceText } from './balance.js';
import type { LinkMac } from './mac.js';
import type { PinDelivery } from './pinDelivery.js';
import type { Profile } from './profile.js';
import { answerMti, refusalMti } from './rules.js';
import { type Entry, FIELD_MAX, lengthOf, pinEntries, TLV_HEAD } from './tlv.js';
import { toldTotals } from './totals.js';

/** What NX takes at most: a page is a code of 40 characters at most. */
const NEXT_LENGTH = TLV_HEAD + 40;

/** Something of what was asked for was done. */
const ACCEPTED: ReadonlySet<Reason> = new Set(['approved', 'partial']);

/** A field's value in the answer to this outcome; undefined where it has none. */
type Told = (outcome: Outcome, request: Message) => FieldValue | undefined;

type ToldFields = readonly (readonly [number, Told])[];

export type AnswerWriter = (request: Message, outcome: Outcome) => Buffer;

/** `deliver`: where PINs go out encrypted. */
export function answerWriter(
  profile: Profile,
  codec: Codec,
  mac?: LinkMac,
  deliver?: PinDelivery,
): AnswerWriter {
  const { echo, rejectMti } = profile.answer;
  const tellPlaces = placesTeller(profile, codec);
  const told = toldFields(profile);
  const withTotals = inOrder([...told, ...toldTotals(profile)]);
  return (request, reached) => {
    const outcome = deliver?.(reached, request) ?? reached;
    const fields: [number, FieldValue][] = [];
    for (const [de, tell] of outcome.totals ? withTotals : told) {
      const value = tell(outcome, request);
      if (value !== undefined) fields.push([de, value]);
    }
    if (tellPlaces) fields.push(...tellPlaces(request, outcome));
    const isRefused = rejectMti !== undefined && !ACCEPTED.has(outcome.reason);
    const mti = isRefused ? refusalMti(request.mti, rejectMti) : answerMti(request.mti);
    if (!mac) return codec.respond(request, mti, echo, fields);
    const others = [...fields.map(([de]) => de), ...echo.filter((de) => request.has(de))];
    fields.push(mac.placeholder(others));
    return mac.sign(codec.respond(request, mti, echo, fields), request);
  };
}

/** What the profile tells, ascending by field: the codec writes a list in that order fastest. */
function toldFields(profile: Profile): ToldFields {
  const { answer, reasons, approvals } = profile;
  const told: [number, Told][] = [
    [
      answer.reasonField,
      ({ reason }, { mti }) =>
        (reason === 'approved' ? approvals[mti.charAt(1)] : undefined) ?? reasons[reason] ?? '',
    ],
  ];
  const { approvalCode, amount, balance, transactionId, pins } = answer;
  if (approvalCode) told.push([approvalCode, (outcome) => filled(outcome.approvalCode)?.padEnd(6)]);
  if (amount) told.push([amount, (outcome, request) => amountText(outcome, request.has(amount))]);
  if (balance) told.push([balance, (outcome) => outcome.balance && balanceText(outcome.balance)]);
  if (transactionId) told.push([transactionId, (outcome) => outcome.transactionId?.toString()]);
  if (pins.layout === 'tlv') {
    const items = itemFields(profile);
    told.push([pins.field, (outcome) => (outcome.items ? items(outcome)[0] : tlvEntries(outcome))]);
    for (const [at, de] of answer.overflow.entries())
      told.push([de, (outcome) => outcome.items && items(outcome)[at + 1]]);
  } else if (pins.layout === 'plain') {
    told.push([pins.field, (outcome) => filled(outcome.pins.map(({ code }) => code).join(','))]);
    if (pins.expiry) told.push([pins.expiry, (outcome) => filled(expiryOf(outcome).slice(2))]);
  }
  return inOrder(told);
}

function inOrder(told: ToldFields): ToldFields {
  return [...told].sort(([one], [other]) => one - other);
}

/** The PIN's, or else the account's: of an answer without a PIN it can be nothing else. */
function expiryOf({ pins, accountExpiry }: Outcome): string {
  return pins[0]?.expiry ?? accountExpiry;
}

function filled(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** What was sent is echoed. */
function amountText({ amount }: Outcome, isSent: boolean): string | undefined {
  return isSent || amount === undefined ? undefined : String(amount).padStart(12, '0');
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
function tlvEntries({
  pins,
  accountExpiry,
  accountReference = '',
  receipt,
  listing,
}: Outcome): readonly Entry[] | undefined {
  if (listing) return listingEntries(listing);
  const whole = pinEntries(pins);
  const entries = lengthOf(whole) <= FIELD_MAX ? whole : whole.filter(([tag]) => tag === 'PN');
  if (accountExpiry !== '') entries.push(['AE', accountExpiry]);
  if (accountReference !== '') entries.push(['AR', accountReference]);
  let left = FIELD_MAX - lengthOf(entries);
  for (const line of receipt) {
    left -= TLV_HEAD + line.length;
    if (left < 0) break;
    entries.push(['RL', line]);
  }
  return entries.length > 0 ? entries : undefined;
}
