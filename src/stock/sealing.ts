/**
 * AES-256-GCM as it lies on disk: nonce 12, ciphertext, tag 16 (NIST SP 800-38D), with additional data that says what
 * the sealed bytes are of.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { SafeError } from '../base/errors.js';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export class VaultError extends SafeError {
  override name = 'VaultError';
}

/** `nonce` must not have been used with this key before. */
export function seal(key: Buffer, nonce: Buffer, clear: string | Buffer, data: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(data);
  const sealed = typeof clear === 'string' ? cipher.update(clear, 'utf8') : cipher.update(clear);
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** What was sealed begins at `at`. Throws VaultError where it was sealed under another key or of something else. */
export function open(key: Buffer, sealed: Uint8Array, at: number, data: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES;
  if (end - at < NONCE_BYTES) throw new VaultError('sealed bytes: too short');
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(at, at + NONCE_BYTES));
  decipher.setAAD(data);
  decipher.setAuthTag(sealed.subarray(end));
  const clear = decipher.update(sealed.subarray(at + NONCE_BYTES, end));
  try {
    decipher.final();
  } catch (cause) {
    throw new VaultError('sealed bytes do not belong here, or were changed', { cause });
  }
  return clear;
}
