/** What only this switch knows: its X25519 key pair and its token, sealed by the vault in the membership. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Random } from '../../base/random.js';
import type { Vault } from '../../stock/vault.js';
import { type KeyPair, newKeyPair } from '../wire/keys.js';

const TOKEN_BYTES = 32;

const schema = z.strictObject({
  publicKey: z.string(),
  privateKey: z.string(),
  token: z.string(),
});

export interface MemberSecrets {
  readonly keys: KeyPair;
  /** Says which switch it is, with every call. */
  readonly token: string;
}

export function newSecrets(random: Random): MemberSecrets {
  return { keys: newKeyPair(random), token: random.bytes(TOKEN_BYTES).toString('base64url') };
}

export function sealSecrets(vault: Vault, { keys, token }: MemberSecrets): Uint8Array {
  return vault.sealSecret(JSON.stringify({ ...keys, token }));
}

/** Throws VaultError where they were sealed under other keys. */
export function openSecrets(vault: Vault, sealed: Uint8Array): MemberSecrets {
  const { token, ...keys } = schema.parse(JSON.parse(vault.openSecret(sealed)));
  return { keys, token };
}

/** As the hub keeps it, hexadecimal. */
export function tokenSha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
