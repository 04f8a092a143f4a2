/**
 * Master keys: versioned keys of 32 bytes that wrap the data keys, and one key for fingerprints that never
 * changes (a new one would no longer recognise what was taken in before). From a file with mode 0600 or stricter,
 * or from the environment. Errors name file and member, never what stands there.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { SafeError, safeText } from '../base/errors.js';
import type { Random } from '../base/random.js';

const KEY_BYTES = 32;
const KEYS_MAX = 1_000;

const key = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES, '32 bytes in base64');
const keyringSchema = z.strictObject({
  /** The id of the key that wraps new data keys. */
  current: z.string(),
  keys: z.record(z.string().regex(/^[A-Za-z0-9-]{1,32}$/, 'a key id: letters, digits and -'), key),
  /** For fingerprints. */
  mark: key,
});

type KeyringSpec = z.infer<typeof keyringSchema>;

export interface Keyring {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
  readonly mark: Buffer;
}

export class KeyringError extends SafeError {
  override name = 'KeyringError';
}

/** The environment goes first: PREPAID_SWITCH_KEYS (the JSON itself), then PREPAID_SWITCH_KEY_FILE, then `file`. */
export function loadKeyring(file: string, environment: NodeJS.ProcessEnv): Keyring {
  const inline = environment.PREPAID_SWITCH_KEYS;
  if (inline) return keyringOf(parse(inline, 'PREPAID_SWITCH_KEYS'));
  const path = environment.PREPAID_SWITCH_KEY_FILE ?? file;
  return keyringOf(readKeyFile(path));
}

/** Makes a key file with one new key, if there is none; durable when this returns. */
export function createKeyFile(file: string, random: Random): void {
  writeKeyFile(file, {
    current: 'k1',
    keys: { k1: random.bytes(KEY_BYTES).toString('base64') },
    mark: random.bytes(KEY_BYTES).toString('base64'),
  });
}

/** Adds a new key and makes it current; returns its id. Data keys are rewrapped by Vault.rewrapAll. */
export function rotateKeyFile(file: string, random: Random): string {
  const spec = readKeyFile(file);
  const ids = Object.keys(spec.keys);
  if (ids.length >= KEYS_MAX) throw new KeyringError(`${file}: at most ${KEYS_MAX} keys`);
  let number = ids.length + 1;
  while (ids.includes(`k${number}`)) number += 1;
  const id = `k${number}`;
  writeKeyFile(file, {
    ...spec,
    current: id,
    keys: { ...spec.keys, [id]: random.bytes(KEY_BYTES).toString('base64') },
  });
  return id;
}

function readKeyFile(file: string): KeyringSpec {
  let text: string;
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new KeyringError(`${file}: mode ${mode.toString(8)} lets others read it: chmod 600 it`);
    }
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof KeyringError) throw cause;
    throw new KeyringError(`${file}: key file cannot be read (${safeText(cause)})`, { cause });
  }
  return parse(text, file);
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
    throw new KeyringError(
      `${origin}: ${issue?.path.join('.') || 'keyring'}: ${issue?.message ?? 'not a keyring'}`,
    );
  }
  if (!Object.hasOwn(result.data.keys, result.data.current)) {
    throw new KeyringError(`${origin}: current: names none of the keys`);
  }
  return result.data;
}

function keyringOf(spec: KeyringSpec): Keyring {
  const keys = Object.entries(spec.keys).map(([id, text]) => [id, Buffer.from(text, 'base64')] as const);
  return { current: spec.current, keys: new Map(keys), mark: Buffer.from(spec.mark, 'base64') };
}

/** Whole or not at all, and on disk: a lost key file is lost stock. */
function writeKeyFile(file: string, spec: KeyringSpec): void {
  const draft = `${file}.${process.pid}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  writeSync(descriptor, `${JSON.stringify(spec, null, 2)}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(draft, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
