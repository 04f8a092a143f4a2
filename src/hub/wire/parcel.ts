/**
 * A parcel: one transfer, encrypted for the switch that it goes to. Neither a proxy nor a log between the two ever
 * sees a PIN, nobody but the hub can make one (its own key takes part, and the switch knows it since it enrolled), and
 * one cannot be passed off as another's, as a later one, or as one of a later enrolment: all that is in the key.
 *
 *   0   4  'PSP1'
 *   4   4  epoch, big-endian
 *   8   8  number of the transfer, big-endian
 *   16  32 ephemeral X25519 public key
 *   48  12 nonce
 *   60     AES-256-GCM ciphertext of the body (parcelBody.ts), then the tag, 16; bytes 0 to 59 are additional data
 *
 * Key: HKDF-SHA256 (RFC 5869) of X25519(ephemeral, switch) || X25519(hub, switch), salt: the three public keys
 * (ephemeral, switch, hub), info: the protocol's name, network, switch, epoch and number, each ended by a zero byte.
 * Several parcels follow each other in one stream, each behind its length in four bytes.
 */
import { hkdfSync } from 'node:crypto';
import { gcmOpened, gcmSealed, NONCE_BYTES, TAG_BYTES } from '../../base/gcm.js';
import type { Random } from '../../base/random.js';
import { agree, KEY_BYTES, type KeyPair, keyBytes, publicKeyOf } from './keys.js';
import { type ParcelBody, ParcelError, readBody, writeBody } from './parcelBody.js';

export { type ParcelBody, ParcelError } from './parcelBody.js';

export const PARCEL_LIMITS = {
  /** Bytes of one parcel. */
  parcelBytesMax: 16_777_216,
} as const;

const MAGIC = Buffer.from('PSP1');
const PROTOCOL = 'prepaid-switch parcel 1';
const EPOCH_AT = 4;
const NUMBER_AT = 8;
const EPHEMERAL_AT = 16;
const NONCE_AT = EPHEMERAL_AT + KEY_BYTES;
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES;
const LENGTH_BYTES = 4;

export interface Parcel extends ParcelBody {
  readonly epoch: number;
  readonly number: number;
}

/** The switch that a parcel goes to. Keys as keys.ts has them. */
export interface Addressee {
  readonly network: string;
  readonly name: string;
  readonly publicKey: string;
}

/** The switch that opens it, as it stands in its membership. */
export interface Recipient {
  readonly network: string;
  readonly name: string;
  readonly epoch: number;
  /** The hub's public key, as it was told when the switch enrolled. */
  readonly hubKey: string;
  readonly keys: KeyPair;
}

/** Throws ParcelError where the transfer does not fit, WireKeyError for a key that is none. */
export function sealParcel(parcel: Parcel, to: Addressee, hub: KeyPair, random: Random): Buffer {
  const theirs = keyBytes(to.publicKey, "the switch's public key");
  const ours = keyBytes(hub.privateKey, "the hub's private key");
  const ephemeral = random.bytes(KEY_BYTES);
  const head = Buffer.alloc(CIPHERTEXT_AT);
  MAGIC.copy(head);
  head.writeUInt32BE(parcel.epoch, EPOCH_AT);
  head.writeBigUInt64BE(BigInt(parcel.number), NUMBER_AT);
  publicKeyOf(ephemeral).copy(head, EPHEMERAL_AT);
  random.bytes(NONCE_BYTES).copy(head, NONCE_AT);
  const secret = Buffer.concat([
    agree(ephemeral, theirs, "the switch's public key"),
    agree(ours, theirs, "the switch's public key"),
  ]);
  const key = keyOf(head, secret, to, theirs, keyBytes(hub.publicKey, "the hub's public key"));
  const sealed = gcmSealed(key, head.subarray(NONCE_AT), writeBody(parcel), head);
  return Buffer.concat([head.subarray(0, NONCE_AT), sealed]);
}

/** Throws ParcelError: cut short, of another epoch, not from this hub, not for this switch, or changed. */
export function openParcel(bytes: Uint8Array, by: Recipient): Parcel {
  const parcel = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (parcel.length < CIPHERTEXT_AT + TAG_BYTES) {
    throw new ParcelError(`parcel: cut short at byte ${parcel.length}`);
  }
  if (!parcel.subarray(0, EPOCH_AT).equals(MAGIC)) throw new ParcelError('parcel: not one, at byte 0');
  const head = parcel.subarray(0, CIPHERTEXT_AT);
  const epoch = head.readUInt32BE(EPOCH_AT);
  if (epoch !== by.epoch) {
    throw new ParcelError(`parcel: epoch: ${epoch}, expected ${by.epoch}, at byte ${EPOCH_AT}`);
  }
  const number = Number(head.readBigUInt64BE(NUMBER_AT));
  return { epoch, number, ...readBody(clearOf(parcel, head, by)) };
}

function clearOf(parcel: Buffer, head: Buffer, by: Recipient): Buffer {
  const hub = keyBytes(by.hubKey, "the hub's public key");
  const ours = keyBytes(by.keys.privateKey, "the switch's private key");
  const secret = Buffer.concat([agreed(ours, head), agree(ours, hub, "the hub's public key")]);
  const key = keyOf(head, secret, by, keyBytes(by.keys.publicKey, "the switch's public key"), hub);
  const clear = gcmOpened(key, parcel, NONCE_AT, head);
  if (!clear) throw new ParcelError('parcel: not from this hub, not for this switch, or changed on its way');
  return clear;
}

function agreed(ours: Buffer, head: Buffer): Buffer {
  try {
    return agree(ours, head.subarray(EPHEMERAL_AT, NONCE_AT), 'ephemeral key');
  } catch (cause) {
    throw new ParcelError(`parcel: ephemeral key: fits every key, at byte ${EPHEMERAL_AT}`, { cause });
  }
}

/** Everything that a parcel must not be taken out of stands in its key. */
function keyOf(
  head: Buffer,
  secret: Buffer,
  { network, name }: { readonly network: string; readonly name: string },
  switchKey: Buffer,
  hubKey: Buffer,
): Buffer {
  const salt = Buffer.concat([head.subarray(EPHEMERAL_AT, NONCE_AT), switchKey, hubKey]);
  const epoch = head.readUInt32BE(EPOCH_AT);
  const number = head.readBigUInt64BE(NUMBER_AT);
  const info = [PROTOCOL, network, name, epoch, number].map((part) => `${part}\0`).join('');
  return Buffer.from(hkdfSync('sha256', secret, salt, info, KEY_BYTES));
}

/** One stream of several, in order. */
export function streamOf(parcels: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parcels.flatMap((parcel) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(parcel.length);
      return [length, parcel];
    }),
  );
}

/** The parcels of a whole stream. Throws ParcelError where it ends within one, or one is too long. */
export function parcelsIn(stream: Uint8Array): Buffer[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const parcels: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + LENGTH_BYTES > bytes.length) throw new ParcelError(`stream: length: cut short at byte ${at}`);
    const length = bytes.readUInt32BE(at);
    if (length > PARCEL_LIMITS.parcelBytesMax) {
      throw new ParcelError(`stream: length: more than ${PARCEL_LIMITS.parcelBytesMax}, at byte ${at}`);
    }
    const from = at + LENGTH_BYTES;
    at = from + length;
    if (at > bytes.length) throw new ParcelError(`stream: parcel: cut short, begun at byte ${from}`);
    parcels.push(bytes.subarray(from, at));
  }
  return parcels;
}
