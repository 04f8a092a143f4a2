/**
 * Who the hub is: the name of its books, and its X25519 keys; made at the first start, before any switch is invited.
 * A crash between the two leaves one of them made, and the next start makes the other.
 */
import type { Random } from '../../base/random.js';
import type { Vault } from '../../stock/vault.js';
import type { Store } from '../../store/store.js';
import { type KeyPair, keyBytes, newKeyPair, publicKeyOf } from '../wire/keys.js';
import { HUB_KEY, NETWORK } from './settings.js';

const NETWORK_BYTES = 16;

export interface HubIdentity {
  readonly network: string;
  readonly keys: KeyPair;
}

export async function hubIdentity(store: Store, vault: Vault, random: Random): Promise<HubIdentity> {
  const network = await settingOr(store, NETWORK, () => random.bytes(NETWORK_BYTES).toString('hex'));
  const sealed = await settingOr(store, HUB_KEY, () =>
    Buffer.from(vault.sealSecret(newKeyPair(random).privateKey)).toString('base64'),
  );
  const privateKey = vault.openSecret(Buffer.from(sealed, 'base64'));
  const publicKey = publicKeyOf(keyBytes(privateKey, "the hub's private key")).toString('base64url');
  return { network, keys: { publicKey, privateKey } };
}

async function settingOr(store: Store, name: string, make: () => string): Promise<string> {
  const known = await store.setting(name);
  if (known !== undefined) return known;
  const made = make();
  await store.setSetting(name, made);
  return made;
}
