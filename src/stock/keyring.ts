/**
 * Master keys: versioned keys of 32 bytes that wrap the data keys, and one key for fingerprints that never
 * changes (a new one would no longer recognise what was taken in before). From a file with mode 0600 or stricter,
 * or from the environment. Errors name file and member, never what stands there.
 */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { SafeError, safeText } from '../base/errors.js';
import type { Random } from '../base/random.js';
import { createKeyText, replaceKeyText } from './keyFile.js';

const KEY_BYTES = 32;
const KEYS_MAX = 1_000;

const key = z
  .base64('expected 32 bytes in base64')
  .refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES, 'expected 32 bytes in base64');
const KEY_ID_EXPECTED = 'a key id has letters, digits and -, 1 to 32 of them';
const keyId = z.string().regex(/^[A-Za-z0-9-]{1,32}$/, KEY_ID_EXPECTED);
const keyringSchema = z.strictObject({
  /** The id of the key that wraps new data keys. */
  current: keyId,
  keys: z.record(keyId, key),
  /** For fingerprints. */
  mark: key,
});

type KeyringSpec = z.infer<typeof keyringSchema>;

export interface Keyring {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
  readonly mark: Buffer;
  /** The keys as they stand now: another process may have rotated them. */
  reread(): Keyring;
}

export class KeyringError extends SafeError {
  override name = 'KeyringError';
}

/** The environment goes first: PREPAID_SWITCH_KEYS (the JSON itself), then PREPAID_SWITCH_KEY_FILE, then `file`. */
export function loadKeyring(file: string, environment: NodeJS.ProcessEnv): Keyring {
  const inline = environment.PREPAID_SWITCH_KEYS;
  if (inline) return keyringOf(parse(inline, 'PREPAID_SWITCH_KEYS'), (self) => self);
  return readKeyring(environment.PREPAID_SWITCH_KEY_FILE ?? file);
}

function readKeyring(file: string): Keyring {
  return keyringOf(readKeyFile(file), () => readKeyring(file));
}

/** Makes a key file with one new key, durable when this returns. False where there is one already: it stays. */
export function createKeyFile(file: string, random: Random): boolean {
  const spec: KeyringSpec = { current: 'k1', keys: { k1: newKey(random) }, mark: newKey(random) };
  return reported(file, () => createKeyText(file, textOf(spec)));
}

/** Adds a new key and makes it current; returns its id. Data keys are rewrapped by Vault.rewrapAll. */
export function rotateKeyFile(file: string, random: Random): string {
  let id = '';
  reported(file, () =>
    replaceKeyText(file, () => {
      const spec = readKeyFile(file);
      id = nextId(Object.keys(spec.keys), file);
      return textOf({ ...spec, current: id, keys: { ...spec.keys, [id]: newKey(random) } });
    }),
  );
  return id;
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

function textOf(spec: KeyringSpec): string {
  return `${JSON.stringify(spec, null, 2)}\n`;
}

function readKeyFile(file: string): KeyringSpec {
  const text = reported(file, () => {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new KeyringError(`${file}: mode ${mode.toString(8)} lets others read it: chmod 600 it`);
    }
    return readFileSync(file, 'utf8');
  });
  return parse(text, file);
}

/** Errors of the file system name the file and the code. */
function reported<T>(file: string, task: () => T): T {
  try {
    return task();
  } catch (cause) {
    if (cause instanceof SafeError) throw cause;
    throw new KeyringError(`${file}: the key file cannot be read or written (${safeText(cause)})`, { cause });
  }
}

function parse(text: string, origin: string): KeyringSpec {
  let spec: unknown;
  try {
    spec = JSON.parse(text);
  } catch {
    // The cause would quote the text.
    throw new KeyringError(`${origin}: not JSON`);
  }
  const result = keyringSchema.safeParse(spec);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new KeyringError(`${origin}: ${pathOf(issue)}: ${faultOf(issue)}`);
  }
  if (!Object.hasOwn(result.data.keys, result.data.current)) {
    throw new KeyringError(`${origin}: current: names none of the keys`);
  }
  return result.data;
}

/** What stands where a name should is not shown: it may be a key. */
function pathOf(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.code === 'invalid_key' ? issue.path.slice(0, -1) : issue?.path;
  return path?.join('.') || 'keyring';
}

function faultOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return 'expected current, keys and mark, nothing else';
  if (issue?.code === 'invalid_key') return KEY_ID_EXPECTED;
  return issue?.message ?? 'not a keyring';
}

function keyringOf(spec: KeyringSpec, reread: (self: Keyring) => Keyring): Keyring {
  const keys = Object.entries(spec.keys).map(([id, text]) => [id, Buffer.from(text, 'base64')] as const);
  const keyring: Keyring = {
    current: spec.current,
    keys: new Map(keys),
    mark: Buffer.from(spec.mark, 'base64'),
    reread: () => reread(keyring),
  };
  return keyring;
}
