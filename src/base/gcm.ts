/**
 * AES-GCM as it lies on disk and goes over wires here: nonce 12, ciphertext, tag 16 (NIST SP 800-38D), with additional
 * data that says what the sealed bytes are of. Keys of 16 bytes or 32.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** `nonce` must not have been used with this key before. Text is sealed as UTF-8. */
export function gcmSealed(key: Buffer, nonce: Buffer, clear: string | Buffer, data: Buffer): Buffer {
  const cipher = createCipheriv(cipherOf(key), key, nonce);
  cipher.setAAD(data);
  const sealed = typeof clear === 'string' ? cipher.update(clear, 'utf8') : cipher.update(clear);
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** What was sealed begins at `at`. Undefined where it is cut short, under another key, of something else, or changed. */
export function gcmOpened(key: Buffer, sealed: Uint8Array, at: number, data: Buffer): Buffer | undefined {
  const end = sealed.length - TAG_BYTES;
  if (end - at < NONCE_BYTES) return undefined;
  const decipher = createDecipheriv(cipherOf(key), key, sealed.subarray(at, at + NONCE_BYTES));
  decipher.setAAD(data);
  decipher.setAuthTag(sealed.subarray(end));
  const clear = decipher.update(sealed.subarray(at + NONCE_BYTES, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return clear;
}

function cipherOf(key: Buffer): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
}
