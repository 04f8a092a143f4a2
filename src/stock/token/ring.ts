/**
 * The keyring of a key file that names a token. The current key is on the token. Keys from before there was a token, and
 * the mark, stand in the file sealed under the current key: they are opened on the token when they are first needed, and
 * then remembered. A rotation seals them anew.
 */
import { NONCE_BYTES } from '../../base/gcm.js';
import type { Random } from '../../base/random.js';
import { KeyringError, readSecret, reported, type TokenRingSpec, type TokenSpec } from '../keyringSpec.js';
import { bytesKey, type MasterKey } from '../masterKey.js';
import { VaultError } from '../sealing.js';
import { loadCryptoki } from './cryptoki.js';
import { TokenSession } from './session.js';
import { Token } from './token.js';

/** Of a key's label: a key that was made in vain leaves its label on the token. */
const LABEL_SALT_BYTES = 4;
const MARK_DATA = Buffer.from('mark');

/** Keys as they go onto a token: bytes that are to be sealed there, or labels of keys that are there. */
export interface RingKeys {
  readonly keys: Readonly<Record<string, Buffer | { readonly label: string }>>;
  readonly mark: Buffer;
}

/** One for a process and a token: it keeps its session, and what it has opened, when the file is read again. */
export class TokenRing {
  readonly #spec: TokenSpec;
  readonly #token: Token;
  readonly #origin: string;
  /** By the sealed text: it is another one when anything about it is. */
  readonly #opened = new Map<string, Buffer>();

  /** Throws KeyringError where the package or the token's library is not to be had. */
  constructor(spec: TokenSpec, origin: string, environment: NodeJS.ProcessEnv) {
    const cryptoki = loadCryptoki(spec.module);
    if (cryptoki === 'package') {
      throw new KeyringError(
        `${origin}: token: the optional package pkcs11js is not installed, or was not compiled: npm install pkcs11js, where a C++ compiler is`,
      );
    }
    if (cryptoki === 'library') {
      throw new KeyringError(`${origin}: token.module: cannot be loaded as a PKCS#11 library`);
    }
    this.#spec = spec;
    this.#origin = origin;
    const pin = (): string => pinOf(spec.pin, origin, environment);
    this.#token = new Token(cryptoki, new TokenSession(cryptoki, spec, origin, pin));
  }

  isOf(spec: TokenSpec): boolean {
    return JSON.stringify(spec) === JSON.stringify(this.#spec);
  }

  /** Throws KeyringError where one that has a label is not on the token. */
  keys(ring: TokenRingSpec): Map<string, MasterKey> {
    const found = Object.entries(ring.keys).map(([id, entry]) => {
      const key =
        'label' in entry
          ? this.#token.key(entry.label, `keys.${id}.label`)
          : this.#sealedKey(ring, id, entry.sealed);
      return [id, key] as const;
    });
    return new Map(found);
  }

  mark(ring: TokenRingSpec): Buffer {
    return this.#unseal(ring, ring.mark.sealed, 'mark', MARK_DATA);
  }

  /** What `ring` holds, to be put under another key. */
  clear(ring: TokenRingSpec): RingKeys {
    const keys = Object.entries(ring.keys).map(([id, entry]) => [
      id,
      'label' in entry ? entry : this.#bytesOf(ring, id, entry.sealed),
    ]);
    return { keys: Object.fromEntries(keys), mark: this.mark(ring) };
  }

  /** A new key on the token, under `id`, current, and everything else that is secret sealed under it. */
  withNewKey(id: string, { keys, mark }: RingKeys, random: Random): TokenRingSpec {
    const label = `prepaid-switch ${id} ${random.bytes(LABEL_SALT_BYTES).toString('hex')}`;
    this.#token.generate(label);
    const key = this.#token.key(label, `keys.${id}.label`);
    const sealed = (bytes: Buffer, data: Buffer): { sealed: string } => {
      const made = key.seal(random.bytes(NONCE_BYTES), bytes, data);
      // What it does not give back now would be lost with the old key.
      if (!key.open(made, data).equals(bytes)) throw this.#unopened(`keys.${id}.label`, id);
      return { sealed: made.toString('base64') };
    };
    const others = Object.entries(keys).map(([other, entry]) => [
      other,
      Buffer.isBuffer(entry) ? sealed(entry, dataOf(other)) : entry,
    ]);
    return {
      current: id,
      token: this.#spec,
      keys: { ...Object.fromEntries(others), [id]: { label } },
      mark: sealed(mark, MARK_DATA),
    };
  }

  #sealedKey(ring: TokenRingSpec, id: string, text: string): MasterKey {
    const key = (): MasterKey => bytesKey(this.#bytesOf(ring, id, text));
    return {
      place: 'sealed',
      seal: (nonce, clear, data) => key().seal(nonce, clear, data),
      open: (sealed, data) => key().open(sealed, data),
    };
  }

  #bytesOf(ring: TokenRingSpec, id: string, sealed: string): Buffer {
    return this.#unseal(ring, sealed, `keys.${id}.sealed`, dataOf(id));
  }

  #unseal({ current, keys }: TokenRingSpec, sealed: string, member: string, data: Buffer): Buffer {
    const known = this.#opened.get(sealed);
    if (known) return known;
    const entry = keys[current];
    if (!entry || !('label' in entry)) throw this.#unopened(member, current);
    const key = this.#token.key(entry.label, `keys.${current}.label`);
    try {
      const bytes = key.open(Buffer.from(sealed, 'base64'), data);
      this.#opened.set(sealed, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof VaultError) throw this.#unopened(member, current);
      throw error;
    }
  }

  #unopened(member: string, current: string): KeyringError {
    return new KeyringError(`${this.#origin}: ${member}: ${current} on the token does not open it`);
  }
}

/** Binds a sealed key to its id. */
function dataOf(id: string): Buffer {
  return Buffer.from(`master key ${id}`);
}

function pinOf(pin: TokenSpec['pin'], origin: string, environment: NodeJS.ProcessEnv): string {
  if ('env' in pin) {
    const found = environment[pin.env];
    if (found) return found;
    throw new KeyringError(`${origin}: token.pin.env: ${pin.env} is not set`);
  }
  const member = `${origin}: token.pin.file`;
  const found = reported(member, () => readSecret(pin.file, member), 'the file').replace(/\r?\n$/, '');
  if (found) return found;
  throw new KeyringError(`${member}: is empty`);
}
