/** A key that wraps data keys, wherever it is: its bytes here, or a token that never gives them out. */
import { gcmSealed } from '../base/gcm.js';
import { open } from './sealing.js';

/** In clear in the file or the environment, on a token, or in the file sealed under the token's current key. */
export type KeyPlacing = 'clear' | 'token' | 'sealed';

export interface MasterKey {
  readonly place: KeyPlacing;
  /** AES-256-GCM: nonce 12, ciphertext, tag 16. Throws KeyringError where a token does not answer. */
  seal(nonce: Buffer, clear: Buffer, data: Buffer): Buffer;
  /** Throws VaultError where this key did not seal it, KeyringError where a token does not answer. */
  open(sealed: Uint8Array, data: Buffer): Buffer;
}

/** One whose 32 bytes are known. */
export function bytesKey(bytes: Buffer): MasterKey {
  return {
    place: 'clear',
    seal: (nonce, clear, data) => gcmSealed(bytes, nonce, clear, data),
    open: (sealed, data) => open(bytes, sealed, 0, data),
  };
}
