/**
 * Whether a profile and a format belong together, asked once at start: every data element that the profile names is
 * in the format, and every response code, and the longest of whatever an answer tells, fits its field. Else the first
 * sale would find out.
 */
import { AMOUNT_MAX } from '../domain/product.js';
import { type Codec, type FieldValue, Iso8583Error } from '../iso8583/index.js';
import { put, stepsOf } from './answerPlaces.js';
import { balanceText } from './balance.js';
import { longestPin, longestPinLength, quantityMax } from './pinDelivery.js';
import { type Profile, ProfileError, type ToldWord } from './profile.js';
import { foldRepeat } from './rules.js';
import { FIELD_MAX, TLV_HEAD } from './tlv.js';

/** Any answer: what is tried is its code. */
const ANSWER_MTI = '0210';

/** `origin` names the profile in errors. Throws ProfileError. */
export function checkFit(profile: Profile, codec: Codec, origin: string): void {
  for (const [member, de] of namedFields(profile)) {
    if (codec.fieldName(de) === undefined) {
      throw new ProfileError(`${origin}: ${member}: the format ${codec.name} has no field ${de}`);
    }
  }
  checkPlaces(profile, codec, origin);
  checkRefusals(profile, origin);
  const batchRule = profile.rules.findIndex(({ service }) => service === 'batch');
  if (batchRule >= 0 && !(profile.batch && profile.answer.pins.layout === 'tlv')) {
    throw new ProfileError(`${origin}: rules.${batchRule}: a batch needs batch, and answer.pins as tlv`);
  }
  for (const [member, de, value] of [...codesOf(profile), ...longestOf(profile)]) {
    try {
      codec.build(ANSWER_MTI, { [de]: value });
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      throw new ProfileError(`${origin}: ${member}: ${error.message}`);
    }
  }
}

const MONEY = balanceText({ amount: AMOUNT_MAX, currency: '999' }) ?? '';

/** Of the words that must fit wherever they are told; the others are left out where they do not. */
const LONGEST: Readonly<Partial<Record<ToldWord, string>>> = {
  approvalCode: 'A'.repeat(6),
  transactionId: String(Number.MAX_SAFE_INTEGER),
  amount: String(AMOUNT_MAX),
  balance: MONEY,
  accountExpiry: '99991231',
  expiry: '99991231',
};

type Tried = readonly [member: string, de: number, value: FieldValue];

/** What an answer may have to tell at most, by member. */
function* longestOf({ answer, facts, rules }: Profile): Generator<Tried> {
  const { approvalCode, amount, balance, transactionId, pins, overflow, told } = answer;
  if (approvalCode) yield ['answer.approvalCode', approvalCode, 'A'.repeat(6)];
  if (amount) yield ['answer.amount', amount, String(AMOUNT_MAX)];
  if (balance) yield ['answer.balance', balance, MONEY];
  if (transactionId) yield ['answer.transactionId', transactionId, String(Number.MAX_SAFE_INTEGER)];
  for (const [path, word] of Object.entries(told)) {
    const { de, steps } = stepsOf(path);
    const longest = LONGEST[word];
    const value = longest === undefined ? undefined : put(undefined, steps, longest);
    if (value !== undefined && !answer.echo.includes(de)) yield [`answer.told.${path}`, de, value];
  }
  if (pins.layout !== 'tlv') {
    const isSaid = facts.quantity ?? rules.find((rule) => rule.facts?.quantity ?? rule.set?.quantity);
    const quantity = isSaid ? quantityMax(answer) : 1;
    const longest = longestPin(answer);
    const codes = Array(quantity).fill(longest).join();
    if (pins.layout === 'subfield') {
      yield ['answer.pins.longer', pins.longer, codes];
      const { de, steps } = stepsOf(pins.path);
      const value = put(undefined, steps, longest.slice(0, pins.lengthMax).padEnd(pins.lengthMax, '9'));
      if (value !== undefined && steps.length === 1 && !answer.echo.includes(de))
        yield ['answer.pins.path', de, value];
      return;
    }
    yield ['answer.pins.field', pins.field, codes];
    if (pins.expiry) yield ['answer.pins.expiry', pins.expiry, '991231'];
    return;
  }
  const whole = [['RL', '9'.repeat(FIELD_MAX - TLV_HEAD)]] as const;
  const codes = Array.from({ length: quantityMax(answer) }, () => ['PN', longestPin(answer)] as const);
  yield ['answer.pins.field', pins.field, whole];
  yield ['answer.pins.field', pins.field, codes];
  for (const [at, de] of overflow.entries()) {
    yield [`answer.overflow.${at}`, de, whole];
    yield [`answer.overflow.${at}`, de, codes];
  }
}

function* codesOf({ reasons, approvals, answer: { reasonField } }: Profile): Generator<Tried> {
  for (const [reason, code] of Object.entries(reasons)) yield [`reasons.${reason}`, reasonField, code];
  for (const [messageClass, code] of Object.entries(approvals))
    yield [`approvals.${messageClass}`, reasonField, code];
}

function* namedFields(profile: Profile): Generator<[member: string, de: number]> {
  const { facts, rules, batch, originals, answer, totals } = profile;
  for (const [fact, paths] of Object.entries(facts)) {
    for (const path of paths) yield [`facts.${fact}`, fieldOf(path)];
  }
  for (const [at, { when, facts: own, originals: cited = [] }] of rules.entries()) {
    const paths = [...Object.keys(when), ...Object.values(own ?? {}).flat()];
    for (const path of paths) yield [`rules.${at}`, fieldOf(path)];
    for (const { field } of cited) if (field !== undefined) yield [`rules.${at}.originals`, field];
  }
  for (const [at, { field }] of originals.entries()) {
    if (field !== undefined) yield [`originals.${at}.field`, field];
  }
  for (const de of answer.echo) yield ['answer.echo', de];
  for (const [member, de] of answerFields(profile)) yield [member, de];
  if (batch) yield ['batch.field', batch.field];
  for (const [member, de] of Object.entries(totals ?? {})) {
    if (typeof de === 'number') yield [`totals.${member}`, de];
  }
}

/** What an answer is written into, besides the echo: each field by one member alone. */
function* answerFields({ answer }: Profile): Generator<[member: string, de: number]> {
  for (const member of ['reasonField', 'approvalCode', 'balance', 'amount', 'transactionId'] as const) {
    const de = answer[member];
    if (de !== undefined) yield [`answer.${member}`, de];
  }
  const { pins, overflow, told, lines } = answer;
  if (pins.layout === 'subfield') yield ['answer.pins.longer', pins.longer];
  else yield ['answer.pins.field', pins.field];
  for (const [at, de] of overflow.entries()) yield [`answer.overflow.${at}`, de];
  const places = Object.keys(told).map((path) => fieldOf(path));
  if (pins.layout === 'subfield') places.push(fieldOf(pins.path));
  if (lines) places.push(lines.field);
  for (const de of new Set(places)) yield ['answer.told', de];
}

function checkPlaces(profile: Profile, codec: Codec, origin: string): void {
  const { pins, told, echo } = profile.answer;
  const seen = new Set<number>();
  for (const [member, de] of answerFields(profile)) {
    if (seen.has(de))
      throw new ProfileError(`${origin}: ${member}: field ${de} is written by another member`);
    seen.add(de);
  }
  const paths = Object.keys(told);
  if (pins.layout === 'subfield') {
    paths.push(pins.path);
    if (stepsOf(pins.path).steps.length > 1 && !echo.includes(fieldOf(pins.path)))
      throw new ProfileError(`${origin}: answer.pins.path: its field must be among answer.echo`);
  }
  for (const path of paths) {
    if (codec.fieldName(path) === undefined)
      throw new ProfileError(`${origin}: answer: the format ${codec.name} has no subfield ${path}`);
  }
  if (pins.layout !== 'subfield') return;
  const longest = longestPinLength(profile.answer);
  if (profile.answer.pinEncryption && pins.lengthMax < longest)
    throw new ProfileError(
      `${origin}: answer.pins.lengthMax: an encrypted PIN has up to ${longest} characters (answer.pinEncryption)`,
    );
  const over = Object.keys(told).find((path) => isWithin(path, pins.path) || isWithin(pins.path, path));
  if (over !== undefined)
    throw new ProfileError(`${origin}: answer.told.${over}: would be told in place of PINs, at ${pins.path}`);
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}

/** One that is a request's own would never be performed: it is taken for a refusal (conduit.ts). */
function checkRefusals({ answer, rules }: Profile, origin: string): void {
  const asked = new Set(rules.flatMap((rule) => rule.mti));
  for (const [mti, refusal] of Object.entries(answer.rejectMti ?? {})) {
    if (asked.has(foldRepeat(refusal)))
      throw new ProfileError(`${origin}: answer.rejectMti.${mti}: ${refusal} is a request's, by rules`);
  }
}

function fieldOf(path: string): number {
  return Number.parseInt(path, 10);
}
