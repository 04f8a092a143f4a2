/**
 * What a key file says. Either every key stands in it, or it names a PKCS#11 token: then the current key is on the token,
 * and whatever else is secret stands sealed under that one. Errors name file and member, never what stands there.
 */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { SafeError, safeText } from '../base/errors.js';
import { NONCE_BYTES, TAG_BYTES } from '../base/gcm.js';

export const KEY_BYTES = 32;
const SEALED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/** Of a token: CK_TOKEN_INFO has 32 bytes for it. */
export const TOKEN_LABEL_MAX = 32;
const KEY_LABEL_MAX = 64;

export class KeyringError extends SafeError {
  override name = 'KeyringError';
}

const KEY_ID_EXPECTED = 'a key id has letters, digits and -, 1 to 32 of them';
const keyId = z.string().regex(/^[A-Za-z0-9-]{1,32}$/, KEY_ID_EXPECTED);
const key = base64(KEY_BYTES);
const path = z.string('expected a path').refine(isAbsolute, 'expected an absolute path');
const sealed = z.strictObject({ sealed: base64(SEALED_BYTES) }, 'expected { sealed }: the token seals it');
const onToken = z.strictObject({ label: z.string().min(1).max(KEY_LABEL_MAX) });

function base64(bytes: number) {
  const expected = `expected ${bytes} bytes in base64`;
  return z.base64(expected).refine((text) => Buffer.from(text, 'base64').length === bytes, expected);
}

/** Where a token is, and where its user PIN comes from: never from here. */
const tokenSchema = z.strictObject(
  {
    /** The vendor's PKCS#11 library. */
    module: path,
    label: z.string().min(1).max(TOKEN_LABEL_MAX),
    pin: z.union(
      [
        z.strictObject({
          env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable'),
        }),
        z.strictObject({ file: path }),
      ],
      'expected { env } or { file }: the PIN itself does not stand here',
    ),
  },
  'expected module, label and pin',
);

const clearSchema = z.strictObject({
  /** The id of the key that wraps new data keys. */
  current: keyId,
  keys: z.record(keyId, key),
  /** For fingerprints. */
  mark: key,
});

const tokenRingSchema = z.strictObject({
  current: keyId,
  token: tokenSchema,
  /** On the token under a label, or, from before there was one, sealed under the current key. */
  keys: z.record(
    keyId,
    z.union([onToken, sealed], 'expected { label } of a key on the token, or { sealed }'),
  ),
  mark: sealed,
});

export type TokenSpec = z.infer<typeof tokenSchema>;
export type ClearSpec = z.infer<typeof clearSchema> & { readonly token?: undefined };
export type TokenRingSpec = z.infer<typeof tokenRingSchema>;
export type KeyringSpec = ClearSpec | TokenRingSpec;

/** `origin` stands first in every error. */
export function parseKeyring(text: string, origin: string): KeyringSpec {
  let spec: unknown;
  try {
    spec = JSON.parse(text);
  } catch {
    // The cause would quote the text.
    throw new KeyringError(`${origin}: not JSON`);
  }
  const hasToken = typeof spec === 'object' && spec !== null && 'token' in spec;
  const result = (hasToken ? tokenRingSchema : clearSchema).safeParse(spec);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new KeyringError(`${origin}: ${pathOf(issue)}: ${faultOf(issue, hasToken)}`);
  }
  const { current, keys } = result.data;
  const found = Object.hasOwn(keys, current) ? keys[current] : undefined;
  if (found === undefined) throw new KeyringError(`${origin}: current: names none of the keys`);
  if (hasToken && typeof found === 'object' && !('label' in found)) {
    throw new KeyringError(`${origin}: current: names a key that is not on the token`);
  }
  return result.data;
}

export function keyringText(spec: KeyringSpec): string {
  return `${JSON.stringify(spec, null, 2)}\n`;
}

export function readKeyFile(file: string): KeyringSpec {
  return parseKeyring(
    reported(file, () => readSecret(file)),
    file,
  );
}

/** The text of a file that nobody else may read; `name` is what errors call it. */
export function readSecret(file: string, name = file): string {
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new KeyringError(`${name}: mode ${mode.toString(8)} lets others read it: chmod 600 it`);
  }
  return readFileSync(file, 'utf8');
}

/** Errors of the file system name the file and the code. */
export function reported<T>(name: string, task: () => T, what = 'the key file'): T {
  try {
    return task();
  } catch (cause) {
    if (cause instanceof SafeError) throw cause;
    throw new KeyringError(`${name}: ${what} cannot be read or written (${safeText(cause)})`, { cause });
  }
}

/** What stands where a name should is not shown: it may be a key. */
function pathOf(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.code === 'invalid_key' ? issue.path.slice(0, -1) : issue?.path;
  return path?.join('.') || 'keyring';
}

function faultOf(issue: z.core.$ZodIssue | undefined, hasToken: boolean): string {
  if (issue?.code === 'unrecognized_keys') {
    if (issue.path.length > 0) return 'has a member too many';
    return `expected current, ${hasToken ? 'token, ' : ''}keys and mark, nothing else`;
  }
  if (issue?.code === 'invalid_key') return KEY_ID_EXPECTED;
  return issue?.message ?? 'not a keyring';
}
