/**
 * The keys of a link's MACs, and their exchange with the peer. The configuration gives the first key; a key that the
 * peer exchanged is on disk, sealed, before the exchange is answered, and beside it the one before.
 *
 *   stops before it is on disk    the old key stands; the peer, unanswered, sends the exchange again under it
 *   stops after it, not answered  both are taken: the peer goes on with the old key and sends the exchange again, or
 *                                 (where the answer did arrive) uses the new one
 *
 * A second new key before the peer has used the first takes that one's place: the key that the peer uses is kept.
 *
 * A key in the configuration other than at the last exchange means that the operator began anew: it counts.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { SafeError } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { LinkMac } from '../conduit/mac.js';
import { ALGORITHMS } from '../conduit/macAlgorithms.js';
import type { Reason } from '../domain/reason.js';
import type { KeyExchange } from '../domain/request.js';
import type { Codec } from '../iso8583/index.js';
import type { Vault } from '../stock/vault.js';
import type { Store } from '../store/store.js';
import type { MacOptions } from './linkSchema.js';

export interface LinkKeyDeps {
  readonly link: string;
  readonly codec: Codec;
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
}

/** What stands in the store under `mac.<link>`. */
interface Exchanged {
  /** Digest of the configuration's key at the time. */
  readonly since: string;
  /** Sealed keys, the newest first, base64. */
  readonly keys: readonly string[];
}

export class LinkKeys {
  readonly mac: LinkMac;
  readonly #options: MacOptions;
  readonly #deps: LinkKeyDeps;

  private constructor(options: MacOptions, deps: LinkKeyDeps, keys: readonly Buffer[]) {
    this.#options = options;
    this.#deps = deps;
    this.mac = new LinkMac(options.algorithm, keys, deps.codec, deps.clock);
  }

  /** Rejects where a stored key cannot be opened. */
  static async open(options: MacOptions, deps: LinkKeyDeps): Promise<LinkKeys> {
    const stored = await deps.store.setting(settingOf(deps.link));
    const exchanged = stored === undefined ? undefined : (JSON.parse(stored) as Exchanged);
    const isOurs = exchanged?.since === digestOf(options.key);
    const keys = isOurs
      ? exchanged.keys.map((sealed) =>
          Buffer.from(deps.vault.openSecret(Buffer.from(sealed, 'base64')), 'hex'),
        )
      : [Buffer.from(options.key, 'hex')];
    return new LinkKeys(options, deps, keys);
  }

  /** On disk when this resolves with `approved`. A key that is in force already is approved again. */
  async exchange({ keyBlock, keyCheck }: KeyExchange): Promise<Reason> {
    const { algorithm, kek } = this.#options;
    if (kek === undefined) return 'not-supported';
    const key = unwrapped(algorithm, kek, keyBlock);
    if (!key) return 'security-error';
    const check = ALGORITHMS[algorithm].check(key).toString('hex').toUpperCase();
    if (keyCheck !== '' && !check.startsWith(keyCheck.toUpperCase())) return 'security-error';
    if (this.mac.newest?.equals(key)) return 'approved';
    await this.#keep(this.mac.withNew(key));
    this.mac.exchange(key);
    this.#deps.log.info({ link: this.#deps.link, check }, 'MAC key exchanged');
    return 'approved';
  }

  #keep(keys: readonly Buffer[]): Promise<void> {
    const { store, vault, link } = this.#deps;
    const sealed = keys.map((key) => Buffer.from(vault.sealSecret(key.toString('hex'))).toString('base64'));
    const exchanged: Exchanged = { since: digestOf(this.#options.key), keys: sealed };
    return store.setSetting(settingOf(link), JSON.stringify(exchanged));
  }
}

function settingOf(link: string): string {
  return `mac.${link}`;
}

/** Says only whether it is the same key: a key is random, so its digest tells nothing else. */
function digestOf(key: string): string {
  return createHash('sha256').update(`mac key ${key.toUpperCase()}`).digest('base64url').slice(0, 22);
}

/** Undefined where the block is no key under this one. */
function unwrapped(algorithm: MacOptions['algorithm'], kek: string, block: string): Buffer | undefined {
  const { keyBytes, unwrap } = ALGORITHMS[algorithm];
  if (!/^([0-9A-Fa-f]{2})+$/.test(block)) return undefined;
  try {
    const key = unwrap(Buffer.from(kek, 'hex'), Buffer.from(block, 'hex'));
    return keyBytes.includes(key.length) ? key : undefined;
  } catch (error) {
    if (error instanceof SafeError) throw error;
    return undefined;
  }
}
