/** Sealed bytes of the stock (base/gcm.ts), and how those that do not open are told. */

import { SafeError } from '../base/errors.js';
import { gcmOpened, NONCE_BYTES, TAG_BYTES } from '../base/gcm.js';

export class VaultError extends SafeError {
  override name = 'VaultError';
}

/** What was sealed begins at `at`. Throws VaultError where it was sealed under another key or of something else. */
export function open(key: Buffer, sealed: Uint8Array, at: number, data: Buffer): Buffer {
  return openedBy(sealed, at, () => gcmOpened(key, sealed, at, data));
}

/** By who has the key, here or on a token: undefined where it does not open them. */
export function openedBy(sealed: Uint8Array, at: number, opened: () => Buffer | undefined): Buffer {
  if (sealed.length - at < NONCE_BYTES + TAG_BYTES) throw new VaultError('sealed bytes: too short');
  const clear = opened();
  if (!clear) throw new VaultError('sealed bytes do not belong here, or were changed');
  return clear;
}
