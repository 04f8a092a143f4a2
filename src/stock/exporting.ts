/** What operators sign when they approve an export of PINs, and whether they did. Ed25519 (RFC 8032). */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { SafeError } from '../base/errors.js';
import type { Operator, PinExport } from '../store/store.js';

export class OperatorKeyError extends SafeError {
  override name = 'OperatorKeyError';
}

/** All that is asked for: an approval counts for nothing else. */
function signedText({
  id,
  product,
  count,
  why,
  requestedBy,
  at,
}: Omit<PinExport, 'isTaken' | 'approvals'>): Buffer {
  return Buffer.from(JSON.stringify(['prepaid-switch export', id, product, count, why, requestedBy, at]));
}

/** A new key: PKCS #8 PEM, encrypted where there is a passphrase; and the public key, SPKI, Base64. */
export function newOperatorKey(passphrase: string): { readonly pem: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const lock = passphrase === '' ? {} : { cipher: 'aes-256-cbc', passphrase };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...lock }) as string;
  return { pem, publicKey: spki(publicKey) };
}

/** Throws OperatorKeyError where it is no such key, or the passphrase is not its own. */
export function openOperatorKey(pem: string, passphrase: string): KeyObject {
  try {
    const key = createPrivateKey({ key: pem, passphrase });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new OperatorKeyError(
      'operator key: not to be opened; PREPAID_SWITCH_PASSPHRASE is its passphrase',
      { cause },
    );
  }
  throw new OperatorKeyError('operator key: not an Ed25519 key');
}

export function publicKeyOf(key: KeyObject): string {
  return spki(createPublicKey(key));
}

/** Base64. */
export function signExport(wanted: PinExport, key: KeyObject): string {
  return sign(null, signedText(wanted), key).toString('base64');
}

export function isSignedBy(wanted: PinExport, signature: string, { publicKey }: Operator): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
  return verify(null, signedText(wanted), key, Buffer.from(signature, 'base64'));
}

/** Whether it may be read as a public key. */
export function isPublicKey(text: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), type: 'spki', format: 'der' });
    return key.asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

function spki(key: KeyObject): string {
  return (key.export({ type: 'spki', format: 'der' }) as Buffer).toString('base64');
}
