/**
 * Joining a PIN network, by a one-time code. The hub is told a public key and a fingerprint of a token; both pairs are
 * made here and kept, sealed, before the code leaves.
 *
 * Stops before they are kept: nothing happened. Stops after it, up to the moment when the answer is stored: the hub
 * answers the same code with the same key and token as before, so it is begun again. Stops after that: it is a member.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import type { Vault } from '../../stock/vault.js';
import type { Store } from '../../store/store.js';
import type { Exchange } from '../../transport/httpExchange.js';
import { HubApi } from './api.js';
import type { MemberOptions } from './schema.js';
import { type MemberSecrets, newSecrets, openSecrets, sealSecrets, tokenSha256 } from './secrets.js';

/** Setting: the code's SHA-256, and the secrets that went to the hub with it; '' when they stand in the membership. */
const JOINING = 'network.joining';

export interface Joining {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: MemberOptions;
  readonly hub: string;
  readonly code: string;
  /** What carries its call; HTTP where it is left out. */
  readonly exchange?: Exchange | undefined;
}

export type Joined =
  | {
      readonly kind: 'joined' | 'already';
      readonly name: string;
      readonly epoch: number;
      readonly hub: string;
    }
  /** Nothing changed; the same code works again. */
  | { readonly kind: 'away'; readonly why: string }
  | { readonly kind: 'refused'; readonly error: string; readonly detail: string }
  /** PINs for sale here did not come from the hub. */
  | { readonly kind: 'own-stock' };

export async function join(joining: Joining): Promise<Joined> {
  const { store, vault, clock, options, hub, code } = joining;
  const before = await store.membership();
  const begun = await pendingOf(joining);
  if (before && begun?.sealed === '') {
    const { name, epoch } = before;
    return { kind: 'already', name, epoch, hub: before.hub };
  }
  // Found before the code is used up.
  if (!before && (await hasStock(store))) return { kind: 'own-stock' };
  const secrets = begun?.sealed ? openSecrets(vault, bytesOf(begun)) : await newFor(joining);
  const api = new HubApi({ url: hub, caller: undefined, options }, clock, joining.exchange);
  try {
    const publicKey = secrets.keys.publicKey;
    const answer = await api.enrol({ code, publicKey, tokenSha256: tokenSha256(secrets.token) });
    if (answer.kind === 'away') return { kind: 'away', why: answer.why };
    if (answer.kind === 'refused') return { kind: 'refused', ...answer.refusal };
    const { network, name, epoch, hubKey } = answer.value;
    const sealed = sealSecrets(vault, secrets);
    if (!(await store.join({ network, name, epoch, hub, hubKey, secrets: sealed }))) {
      return { kind: 'own-stock' };
    }
    await keep(joining, '');
    return { kind: 'joined', name, epoch, hub };
  } finally {
    await api.close();
  }
}

async function hasStock(store: Store): Promise<boolean> {
  return (await store.levels()).some(({ custody, count }) => custody === 'stock' && count > 0);
}

const pendingSchema = z.strictObject({ codeSha256: z.string(), sealed: z.string() });
type Pending = z.output<typeof pendingSchema>;

/** What went to the hub with this very code. */
async function pendingOf({ store, code }: Joining): Promise<Pending | undefined> {
  const text = await store.setting(JOINING);
  if (!text) return undefined;
  const pending = pendingSchema.parse(JSON.parse(text));
  return pending.codeSha256 === sha256(code) ? pending : undefined;
}

/** On disk when this resolves. */
async function newFor(joining: Joining): Promise<MemberSecrets> {
  const secrets = newSecrets(joining.random);
  await keep(joining, Buffer.from(sealSecrets(joining.vault, secrets)).toString('base64'));
  return secrets;
}

function keep({ store, code }: Joining, sealed: string): Promise<void> {
  const pending: Pending = { codeSha256: sha256(code), sealed };
  return store.setSetting(JOINING, JSON.stringify(pending));
}

function bytesOf({ sealed }: Pending): Buffer {
  return Buffer.from(sealed, 'base64');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
