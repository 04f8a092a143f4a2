/**
 * The side that faces terminals and acquirers, one for each link: message to service request, outcome to
 * answer, by the link's format and profile. It keeps no state between messages.
 */

import { type Outcome, plainOutcome } from '../domain/outcome.js';
import { type Codec, Iso8583Error, type Message } from '../iso8583/index.js';
import { answerWriter } from './answers.js';
import { readerOf } from './facts.js';
import { checkFit } from './fit.js';
import type { LinkMac } from './mac.js';
import { type NetworkService, type NetworkWriter, networkWriter } from './network.js';
import { pinDelivery } from './pinDelivery.js';
import type { Profile } from './profile.js';
import { requestReader, type Understanding } from './requests.js';
import { mayBeAnswered, refusalMti } from './rules.js';

export interface Conduit {
  readonly profile: Profile;
  /** Throws Iso8583Error. */
  parse(frame: Buffer): Message;
  /** Where a message ends that nothing delimits; undefined while that cannot be told. */
  measure(bytes: Buffer): number | undefined;
  /** False where the link's messages bear a MAC, and this one has none, or a wrong one. */
  isAuthentic(message: Message): boolean;
  understand(message: Message): Understanding;
  answer(request: Message, outcome: Outcome): Buffer;
  /** Throws ProfileError where the profile does not know this service. */
  network(service: NetworkService, utcOffsetMinutes: number): NetworkWriter;
  /** The STAN of an answer, by which it is matched to a network message of ours. */
  stanOf(answer: Message): string;
  /** True where a message may be answered at all: an answer never is, nor what the profile refuses messages by. */
  isRequest(message: Message): boolean;
  /** True where an answer says that what was asked for is done. */
  isApproval(answer: Message): boolean;
  /** The format-error answer for a frame that did not parse; undefined where its MTI cannot be read or answered. */
  formatError(error: Iso8583Error): Buffer | undefined;
}

/** Network management done, by the 1987, 1993 and 2003 standards; some 1993 hosts answer with the plain approval. */
const APPROVALS: ReadonlySet<string> = new Set(['00', '000', '800', '0000', '8000']);

/**
 * Where a message ends that nothing delimits (framing `none`): at the byte where its format has read all that its
 * bitmap names. Undefined while that cannot be told; what never makes a message runs into the frame's limits.
 */
export function measureBy(codec: Codec): (bytes: Buffer) => number | undefined {
  return (bytes) => {
    try {
      codec.parse(bytes);
      return bytes.length;
    } catch (error) {
      if (error instanceof Iso8583Error && error.field === 'message') return error.offset;
      return undefined;
    }
  };
}

export interface LinkSecrets {
  readonly mac?: LinkMac | undefined;
  /** Of which its terminals' keys are made, where the profile asks for encrypted PINs (pinEnvelope.ts). */
  readonly pinKey?: Buffer | undefined;
}

/** `origin` names the profile in errors. Throws ProfileError where profile, format and keys do not fit. */
export function createConduit(
  profile: Profile,
  codec: Codec,
  acquirer: string,
  origin = profile.name,
  { mac, pinKey }: LinkSecrets = {},
): Conduit {
  const deliver = pinDelivery(profile, pinKey, origin);
  checkFit(profile, codec, origin);
  const understand = requestReader(profile, acquirer);
  const answer = answerWriter(profile, codec, mac, deliver);
  const { rejectMti } = profile.answer;
  const refusals = new Set(Object.values(rejectMti ?? {}));
  const isAsked = (mti: string): boolean => mayBeAnswered(mti) && !refusals.has(mti);
  const stanOf = readerOf(profile.facts.stan ?? []);
  return {
    profile,
    parse: (frame) => codec.parse(frame),
    measure: measureBy(codec),
    understand,
    answer,
    network: (service, utcOffsetMinutes) => networkWriter(profile, codec, service, utcOffsetMinutes, mac),
    stanOf,
    isRequest: ({ mti }) => isAsked(mti),
    isAuthentic: (message) => mac?.isAuthentic(message) ?? true,
    isApproval: (message) => APPROVALS.has(message.text(profile.answer.reasonField) ?? ''),
    formatError({ mti, partial }) {
      if (mti === undefined || !isAsked(mti)) return undefined;
      if (partial) return answer(partial, plainOutcome('format-error'));
      // Not even the bitmap could be read: there is nothing to echo.
      const { answer: layout, reasons } = profile;
      return codec.build(refusalMti(mti, rejectMti), { [layout.reasonField]: reasons['format-error'] });
    },
  };
}
