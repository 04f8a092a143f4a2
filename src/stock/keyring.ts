/**
 * Master keys: versioned keys of 32 bytes that wrap the data keys, and one key for fingerprints that never
 * changes (a new one would no longer recognise what was taken in before). From a file with mode 0600 or stricter,
 * or from the environment, or on the PKCS#11 token that either of them names.
 */
import { existsSync } from 'node:fs';
import type { Random } from '../base/random.js';
import { createKeyText, replaceKeyText } from './keyFile.js';
import {
  type ClearSpec,
  KEY_BYTES,
  KeyringError,
  type KeyringSpec,
  keyringText,
  parseKeyring,
  readKeyFile,
  reported,
  type TokenSpec,
} from './keyringSpec.js';
import { bytesKey, type MasterKey } from './masterKey.js';
import { TokenRing } from './token/ring.js';

const KEYS_MAX = 1_000;
const FIRST_ID = 'k1';

export interface Keyring {
  readonly current: string;
  readonly keys: ReadonlyMap<string, MasterKey>;
  readonly mark: Buffer;
  /** The keys as they stand now: another process may have rotated them. */
  reread(): Keyring;
}

/** Where new keys are made, if not in the file. */
export interface NewKeyOptions {
  /** A token for a file that names none yet. */
  readonly token?: TokenSpec | undefined;
  /** Where a token's PIN may stand. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The environment goes first: PREPAID_SWITCH_KEYS (the JSON itself), then PREPAID_SWITCH_KEY_FILE, then `file`. */
export function loadKeyring(file: string, environment: NodeJS.ProcessEnv): Keyring {
  const inline = environment.PREPAID_SWITCH_KEYS;
  if (!inline) return readKeyring(environment.PREPAID_SWITCH_KEY_FILE ?? file, environment);
  const spec = parseKeyring(inline, 'PREPAID_SWITCH_KEYS');
  const keyring: Keyring = {
    ...keysOf(spec, ringOf(spec, 'PREPAID_SWITCH_KEYS', environment)),
    reread: () => keyring,
  };
  return keyring;
}

function readKeyring(file: string, environment: NodeJS.ProcessEnv, before?: TokenRing): Keyring {
  const spec = readKeyFile(file);
  const ring = ringOf(spec, file, environment, before);
  return { ...keysOf(spec, ring), reread: () => readKeyring(file, environment, ring) };
}

/** The one from before where it is of the same token: it has a session. */
function ringOf(
  { token }: KeyringSpec,
  origin: string,
  environment: NodeJS.ProcessEnv,
  before?: TokenRing,
): TokenRing | undefined {
  if (!token) return undefined;
  return before?.isOf(token) ? before : new TokenRing(token, origin, environment);
}

function keysOf(spec: KeyringSpec, ring: TokenRing | undefined): Omit<Keyring, 'reread'> {
  const { current } = spec;
  if (spec.token && ring) return { current, keys: ring.keys(spec), mark: ring.mark(spec) };
  const { keys, mark } = bytesOf(spec as ClearSpec);
  return { current, keys: new Map(Object.entries(keys).map(([id, bytes]) => [id, bytesKey(bytes)])), mark };
}

function bytesOf({ keys, mark }: ClearSpec): { keys: Record<string, Buffer>; mark: Buffer } {
  const bytes = Object.entries(keys).map(([id, text]) => [id, Buffer.from(text, 'base64')]);
  return { keys: Object.fromEntries(bytes), mark: Buffer.from(mark, 'base64') };
}

/** Makes a key file with one new key, durable when this returns. False where there is one already: it stays. */
export function createKeyFile(
  file: string,
  random: Random,
  { token, environment = {} }: NewKeyOptions = {},
): boolean {
  // Before a key is made on a token in vain.
  if (existsSync(file)) return false;
  const mark = random.bytes(KEY_BYTES);
  const spec = token
    ? new TokenRing(token, file, environment).withNewKey(FIRST_ID, { keys: {}, mark }, random)
    : { current: FIRST_ID, keys: { [FIRST_ID]: newKey(random) }, mark: mark.toString('base64') };
  return reported(file, () => createKeyText(file, keyringText(spec)));
}

/**
 * Adds a new key and makes it current; returns its id. Data keys are rewrapped by Vault.rewrapAll. On a token where the
 * file or `token` names one: no key stands in clear in the file then.
 */
export function rotateKeyFile(file: string, random: Random, options: NewKeyOptions = {}): string {
  let id = '';
  reported(file, () =>
    replaceKeyText(file, () => {
      const spec = readKeyFile(file);
      id = nextId(Object.keys(spec.keys), file);
      return keyringText(rotated(spec, id, file, random, options));
    }),
  );
  return id;
}

function rotated(
  spec: KeyringSpec,
  id: string,
  file: string,
  random: Random,
  { token, environment = {} }: NewKeyOptions,
): KeyringSpec {
  if (spec.token) {
    if (token) throw new KeyringError(`${file}: token: is there already: new keys are made on it`);
    const ring = new TokenRing(spec.token, file, environment);
    return ring.withNewKey(id, ring.clear(spec), random);
  }
  if (token) return new TokenRing(token, file, environment).withNewKey(id, bytesOf(spec), random);
  return { ...spec, current: id, keys: { ...spec.keys, [id]: newKey(random) } };
}

function nextId(ids: readonly string[], file: string): string {
  if (ids.length >= KEYS_MAX) throw new KeyringError(`${file}: at most ${KEYS_MAX} keys`);
  let number = ids.length + 1;
  while (ids.includes(`k${number}`)) number += 1;
  return `k${number}`;
}

function newKey(random: Random): string {
  return random.bytes(KEY_BYTES).toString('base64');
}
