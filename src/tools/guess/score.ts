/**
 * How well a format reads messages: 0 to 100. A message counts by how far it is read and by how plausible its fields
 * are; answers that cite no request count against the format.
 */
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';
import { versionOf } from '../meaning/messageTypes.js';
import { judge, Pairs } from './plausible.js';

/** A message without its headers. */
export interface Body {
  readonly connection: number;
  readonly bytes: Buffer;
}

export interface Reading {
  readonly score: number;
  readonly messages: number;
  /** Read to their end. */
  readonly whole: number;
  /** Of what the messages say, the share that may be true; 0 to 1. */
  readonly plausible: number;
  /** Fields read as subfields: of formats that read alike, the one that knows more of the inside is meant. */
  readonly structured: number;
  /** Of the answers, the share that cites a request by its STAN. */
  readonly paired: number | undefined;
  /** Fields whose content is implausible, and in how many messages. */
  readonly doubtful: ReadonlyMap<number, number>;
  /** The fields that messages broke off in, and how many. */
  readonly broken: ReadonlyMap<string, number>;
  /** The first fault, safe to print. */
  readonly fault: string | undefined;
}

/** What a message that is not read to its end counts, at most. */
const PARTIAL_WORTH = 0.4;
/** What a message counts of which nothing is plausible. */
const IMPLAUSIBLE_WORTH = 0.2;
/** What answers that cite no request take off. */
const UNPAIRED_COST = 0.2;
/** What message types of another version than the format's take off: they do not settle the version. */
const VERSION_COST = 0.02;

export function reading(codec: Codec, bodies: readonly Body[]): Reading {
  const pairs = new Pairs();
  const doubtful = new Map<number, number>();
  const broken = new Map<string, number>();
  let fault: string | undefined;
  let worth = 0;
  let whole = 0;
  let made = 0;
  let held = 0;
  let strange = 0;
  let structured = 0;
  for (const { connection, bytes } of bodies) {
    const { message, error } = read(codec, bytes);
    if (error !== undefined) {
      fault ??= error.message;
      count(broken, error.field);
    }
    if (message === undefined) continue;
    if (versionOf(message.mti) !== codecVersion(codec)) strange += 1;
    const judgement = judge(message);
    made += judgement.made;
    held += judgement.held;
    structured += judgement.structured;
    for (const de of judgement.doubtful) count(doubtful, de);
    const sense = IMPLAUSIBLE_WORTH + (1 - IMPLAUSIBLE_WORTH) * (judgement.held / judgement.made);
    if (error === undefined) {
      whole += 1;
      pairs.add(connection, message);
      worth += sense;
    } else worth += PARTIAL_WORTH * sense * reachOf(error, message, bytes);
  }
  const messages = bodies.length;
  const paired = pairs.share;
  const share = messages === 0 ? 0 : worth / messages;
  return {
    score:
      100 * share * (1 - UNPAIRED_COST * (1 - (paired ?? 1))) * (1 - (VERSION_COST * strange) / messages),
    messages,
    whole,
    plausible: made === 0 ? 0 : held / made,
    structured,
    paired,
    doubtful,
    broken,
    fault,
  };
}

function read(
  codec: Codec,
  bytes: Buffer,
): { message: Message | undefined; error: Iso8583Error | undefined } {
  try {
    return { message: codec.parse(bytes), error: undefined };
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    return { message: error.partial, error };
  }
}

/** How much of the message was read, up to the fault or, where bytes are left over, to the end of its fields. */
function reachOf(error: Iso8583Error, message: Message, bytes: Buffer): number {
  const last = message.fields().at(-1);
  const end = last === undefined ? 0 : (message.offset(last) ?? 0) + (message.raw(last)?.length ?? 0);
  return bytes.length === 0 ? 0 : Math.min(1, Math.max(end, error.offset ?? 0) / bytes.length);
}

/** The version of the standard by the longest DE39 that the format takes: two, three or four characters. */
function codecVersion(codec: Codec): ReturnType<typeof versionOf> {
  let version = versions.get(codec);
  if (version === undefined) {
    version = takes('0000') ? '2003' : takes('000') ? '1993' : '1987';
    versions.set(codec, version);
  }
  return version;

  function takes(code: string): boolean {
    try {
      return codec.build('0210', { 39: code }).length > 0;
    } catch (error) {
      if (error instanceof Iso8583Error) return false;
      throw error;
    }
  }
}

const versions = new WeakMap<Codec, '1987' | '1993' | '2003'>();

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
