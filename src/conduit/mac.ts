/**
 * The authentication of a link's messages (DE64, or DE128 where a message has a second bitmap): the code covers
 * every byte before its own field. Two keys may be in force for a while: the one that was exchanged last, and the one
 * before it, since a peer that did not hear our answer to the exchange goes on with the old one. An answer is under
 * the key that its request was under; what we begin is under the new one as soon as the peer has used it.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Codec, Message } from '../iso8583/index.js';
import { ALGORITHMS, MAC_BYTES, type MacAlgorithm } from './macAlgorithms.js';
import { ProfileError } from './profile.js';

/** How long the key before is taken once the peer has used the new one, milliseconds: messages cross. */
const OVERLAP_MS = 60_000;

const FIRST = 64;
const SECOND = 128;
const ZEROS = Buffer.alloc(MAC_BYTES);

export class LinkMac {
  readonly #mac: (key: Buffer, data: Buffer) => Buffer;
  readonly #clock: Clock;
  readonly #isHex: boolean;
  /** On the wire. */
  readonly #codeBytes: number;
  /** The newest first. */
  #keys: readonly Buffer[];
  /** The peer has used the newest key. */
  #isConfirmed: boolean;
  #olderUntil = Number.POSITIVE_INFINITY;
  readonly #verifiedBy = new WeakMap<Message, Buffer>();

  /** `keys`: the newest first. Throws ProfileError where the format cannot hold a code. */
  constructor(algorithm: MacAlgorithm, keys: readonly Buffer[], codec: Codec, clock: Clock) {
    this.#mac = ALGORITHMS[algorithm].mac;
    this.#keys = keys;
    this.#isConfirmed = keys.length < 2;
    this.#clock = clock;
    this.#isHex = macFieldsAreHex(codec);
    this.#codeBytes = this.#isHex ? 2 * MAC_BYTES : MAC_BYTES;
  }

  get newest(): Buffer | undefined {
    return this.#keys[0];
  }

  /** False where the code is missing, not the end of the message (what follows it would be anybody's), or under no key of ours. */
  isAuthentic(message: Message): boolean {
    const de = message.has(SECOND) ? SECOND : FIRST;
    const code = message.value(de);
    const at = message.offset(de);
    if (!Buffer.isBuffer(code) || code.length !== MAC_BYTES || at === undefined) return false;
    if (at + this.#codeBytes !== message.frame.length) return false;
    const covered = message.frame.subarray(0, at);
    const key = this.#inForce().find((one) => timingSafeEqual(this.#mac(one, covered), code));
    if (!key) return false;
    if (key === this.newest) this.#confirm();
    this.#verifiedBy.set(message, key);
    return true;
  }

  /** The field that holds the code of a message with these others, as zeros: to be built in, and then filled by sign(). */
  placeholder(others: readonly number[]): [de: number, value: Buffer] {
    return [others.some((de) => de > FIRST) ? SECOND : FIRST, ZEROS];
  }

  /** Fills in the code at the end of a message; `request`: what it answers. */
  sign(frame: Buffer, request?: Message): Buffer {
    const key = (request && this.#verifiedBy.get(request)) ?? this.#ours();
    const end = frame.length - this.#codeBytes;
    const code = this.#mac(key, frame.subarray(0, end));
    if (this.#isHex) frame.write(code.toString('hex').toUpperCase(), end, 'latin1');
    else code.copy(frame, end);
    return frame;
  }

  /** The keys from an exchange of this one on: one that the peer never used gives way, the one that it uses stays. */
  withNew(key: Buffer): readonly Buffer[] {
    return [key, this.#ours()];
  }

  /** From now on this key counts too, and first. */
  exchange(key: Buffer): void {
    this.#keys = this.withNew(key);
    this.#isConfirmed = false;
    this.#olderUntil = Number.POSITIVE_INFINITY;
  }

  #inForce(): readonly Buffer[] {
    return this.#clock.now() < this.#olderUntil ? this.#keys : this.#keys.slice(0, 1);
  }

  #confirm(): void {
    if (this.#isConfirmed) return;
    this.#isConfirmed = true;
    this.#olderUntil = this.#clock.now() + OVERLAP_MS;
  }

  #ours(): Buffer {
    const [newest = ZEROS, older] = this.#keys;
    return this.#isConfirmed || !older ? newest : older;
  }
}

/** Whether a format writes its codes as hexadecimal text, not as bytes. Throws ProfileError where it can hold none. */
export function macFieldsAreHex(codec: Codec): boolean {
  const [first, second] = [FIRST, SECOND].map((de) => isHex(codec, de));
  if (first !== undefined && first === second) return first;
  throw new ProfileError(`the format ${codec.name} has no fields 64 and 128 of ${MAC_BYTES} bytes for MACs`);
}

function isHex(codec: Codec, de: number): boolean | undefined {
  if (codec.fieldName(de) === undefined) return undefined;
  const raw = codec.parse(codec.build('0800', { [de]: ZEROS })).raw(de);
  if (raw?.equals(ZEROS)) return false;
  return raw?.equals(Buffer.from(ZEROS.toString('hex'))) ? true : undefined;
}
