/**
 * PINs of a link's answers under its terminals' keys, where its profile asks for that (answer.pinEncryption): the code
 * of each becomes its envelope (pinEnvelope.ts) before anything of the answer is laid out, so whatever place or tag
 * tells a code tells the envelope. Nothing else of an outcome holds a code.
 */
import type { Outcome } from '../domain/outcome.js';
import type { Message } from '../iso8583/index.js';
import { factReaders } from './facts.js';
import { envelopeLength, envelopeText, type PinPlace, pinSealer } from './pinEnvelope.js';
import { type Profile, ProfileError } from './profile.js';
import { FIELD_MAX, PIN_MAX, QUANTITY_MAX, TLV_HEAD } from './tlv.js';

/** Facts that an envelope is bound to: the same ones in every message, whatever its rule. */
const BOUND_FACTS = ['terminal', 'stan', 'localDate', 'localTime'] as const;
const BASE64_LETTERS = 'Aa0+/';

/** The outcome as this request's terminal is told it. */
export type PinDelivery = (outcome: Outcome, request: Message) => Outcome;

/** Undefined where PINs are told in clear. Throws ProfileError where profile and link do not agree about that. */
export function pinDelivery(
  profile: Profile,
  key: Buffer | undefined,
  origin: string,
): PinDelivery | undefined {
  const { pinEncryption } = profile.answer;
  if (!pinEncryption && !key) return undefined;
  if (!pinEncryption)
    throw new ProfileError(`${origin}: answer.pinEncryption: must be there where the link has pinEncryption`);
  if (!key)
    throw new ProfileError(`${origin}: answer.pinEncryption: the link must have pinEncryption, a key`);
  const own = profile.rules.findIndex(({ facts }) => BOUND_FACTS.some((fact) => facts?.[fact]));
  if (own >= 0)
    throw new ProfileError(
      `${origin}: rules.${own}.facts: with answer.pinEncryption, no ${BOUND_FACTS.join(', ')} of its own`,
    );
  const facts = factReaders(profile);
  const sealerOf = pinSealer(key);
  return (outcome, request) => {
    if (!tellsPins(outcome)) return outcome;
    const seal = sealerOf({
      terminal: facts.terminal(request),
      stan: facts.stan(request),
      localDate: facts.localDate(request),
      localTime: facts.localTime(request),
    });
    return sealed(outcome, 0, (code, place) => envelopeText(pinEncryption.coding, seal(code, place)));
  };
}

function tellsPins({ pins, items }: Outcome): boolean {
  return pins.length > 0 || (items ?? []).some(({ outcome }) => outcome.pins.length > 0);
}

function sealed(outcome: Outcome, item: number, seal: (code: string, place: PinPlace) => string): Outcome {
  const pins = outcome.pins.map((pin, at) => ({ ...pin, code: seal(pin.code, { item, pin: at + 1 }) }));
  const items = outcome.items?.map((one) => ({ ...one, outcome: sealed(one.outcome, one.number, seal) }));
  return { ...outcome, pins, ...(items ? { items } : {}) };
}

/** Characters of the longest that an answer may have to tell as a PIN. */
export function longestPinLength({ pinEncryption }: Profile['answer']): number {
  return pinEncryption ? envelopeLength(pinEncryption.coding, PIN_MAX) : PIN_MAX;
}

/** The longest that an answer may have to tell as a PIN, and the hardest to write: of every kind of character. */
export function longestPin(answer: Profile['answer']): string {
  const { pinEncryption } = answer;
  const length = longestPinLength(answer);
  if (!pinEncryption) return '9'.repeat(length);
  if (pinEncryption.coding === 'hex') return 'F0'.repeat(length / 2);
  return BASE64_LETTERS.repeat(length)
    .slice(0, length - 1)
    .concat('=');
}

/** PINs in one sale at most: so many of the longest are told, whatever else is left out. */
export function quantityMax(answer: Profile['answer']): number {
  return Math.min(QUANTITY_MAX, Math.floor(FIELD_MAX / (TLV_HEAD + longestPinLength(answer))));
}
