/**
 * X25519 keys (RFC 7748) as they are told and kept: 32 raw bytes in base64url, 43 characters. A hub and every switch
 * has one pair of its own; what two of them share is known to nobody else.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { SafeError } from '../../base/errors.js';
import type { Random } from '../../base/random.js';

export const KEY_BYTES = 32;

/** DER before the raw bytes (RFC 8410): PKCS #8 of a private key, SubjectPublicKeyInfo of a public one. */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex');

export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Not a key, or one with which nothing can be agreed. Never quotes it. */
export class WireKeyError extends SafeError {
  override name = 'WireKeyError';
}

export function newKeyPair(random: Random): KeyPair {
  const bytes = random.bytes(KEY_BYTES);
  return { publicKey: publicKeyOf(bytes).toString('base64url'), privateKey: bytes.toString('base64url') };
}

/** Raw bytes of the public key that belongs to these of a private one. */
export function publicKeyOf(privateBytes: Uint8Array): Buffer {
  const der = createPublicKey(privateKeyFrom(privateBytes)).export({ type: 'spki', format: 'der' });
  return der.subarray(PUBLIC_HEAD.length);
}

/** Throws WireKeyError. `what` names the key in the error. */
export function keyBytes(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== KEY_BYTES) throw new WireKeyError(`${what}: not 32 bytes in base64url`);
  return bytes;
}

/** The 32 bytes that both sides come to. Throws WireKeyError where the peer's key is one of the few that fit all. */
export function agree(privateBytes: Uint8Array, publicBytes: Uint8Array, what: string): Buffer {
  try {
    return diffieHellman({
      privateKey: privateKeyFrom(privateBytes),
      publicKey: createPublicKey({
        key: Buffer.concat([PUBLIC_HEAD, publicBytes]),
        format: 'der',
        type: 'spki',
      }),
    });
  } catch (cause) {
    throw new WireKeyError(`${what}: not a key with which anything can be agreed`, { cause });
  }
}

function privateKeyFrom(bytes: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, bytes]), format: 'der', type: 'pkcs8' });
}
