/**
 * Whether a profile and a format belong together, asked once at start: every data element that the profile names is
 * in the format, and every response code fits its field. Else the first sale would find out.
 */
import { type Codec, Iso8583Error } from '../iso8583/index.js';
import { type Profile, ProfileError } from './profile.js';

/** Any answer: what is tried is its code. */
const ANSWER_MTI = '0210';

/** `origin` names the profile in errors. Throws ProfileError. */
export function checkFit(profile: Profile, codec: Codec, origin: string): void {
  for (const [member, de] of namedFields(profile)) {
    if (codec.fieldName(de) === undefined) {
      throw new ProfileError(`${origin}: ${member}: the format ${codec.name} has no field ${de}`);
    }
  }
  const batchRule = profile.rules.findIndex(({ service }) => service === 'batch');
  if (batchRule >= 0 && !(profile.batch && profile.answer.pins.layout === 'tlv')) {
    throw new ProfileError(`${origin}: rules.${batchRule}: a batch needs batch, and answer.pins as tlv`);
  }
  for (const [member, code] of codesOf(profile)) {
    try {
      codec.build(ANSWER_MTI, { [profile.answer.reasonField]: code });
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      throw new ProfileError(`${origin}: ${member}: ${error.message}`);
    }
  }
}

function* codesOf({ reasons, approvals }: Profile): Generator<[member: string, code: string]> {
  for (const [reason, code] of Object.entries(reasons)) yield [`reasons.${reason}`, code];
  for (const [messageClass, code] of Object.entries(approvals)) yield [`approvals.${messageClass}`, code];
}

function* namedFields(profile: Profile): Generator<[member: string, de: number]> {
  const { facts, rules, batch, originals, answer, totals } = profile;
  for (const [fact, paths] of Object.entries(facts)) {
    for (const path of paths) yield [`facts.${fact}`, fieldOf(path)];
  }
  for (const [at, { when }] of rules.entries()) {
    for (const path of Object.keys(when)) yield [`rules.${at}.when`, fieldOf(path)];
  }
  for (const [at, { field }] of originals.entries()) {
    if (field !== undefined) yield [`originals.${at}.field`, field];
  }
  for (const de of answer.echo) yield ['answer.echo', de];
  for (const member of ['reasonField', 'approvalCode', 'balance', 'amount', 'transactionId'] as const) {
    const de = answer[member];
    if (de !== undefined) yield [`answer.${member}`, de];
  }
  yield ['answer.pins.field', answer.pins.field];
  for (const [at, de] of answer.overflow.entries()) yield [`answer.overflow.${at}`, de];
  if (batch) yield ['batch.field', batch.field];
  for (const [member, de] of Object.entries(totals ?? {})) {
    if (typeof de === 'number') yield [`totals.${member}`, de];
  }
}

function fieldOf(path: string): number {
  return Number.parseInt(path, 10);
}
