/**
 * The vault: seals what must not be read from disk, and makes keyed fingerprints. PINs lie under AES-256-GCM
 * with a data key per batch, product and serial as additional data (a sealed PIN cannot be moved to another
 * serial); data keys lie in the store, wrapped by the current master key. Everything here is synchronous but
 * what goes to the store: opening a PIN stands in the way of every sale.
 *
 * Sealed bytes: see base/gcm.ts. A sealed account has the batch's number, 4 bytes
 * big-endian, before them. Nonces are random: a data key stays far below the 2^32 messages that these allow.
 * Fingerprints: HMAC-SHA256 under keys derived (HKDF) for each purpose.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { gcmSealed, NONCE_BYTES } from '../base/gcm.js';
import type { Random } from '../base/random.js';
import { StoreFull } from '../store/errors.js';
import type { SealedPin, Store } from '../store/store.js';
import type { Keyring } from './keyring.js';
import { KeyringError } from './keyringSpec.js';
import type { MasterKey } from './masterKey.js';
import { open, VaultError } from './sealing.js';

export const VAULT_LIMITS = {
  /** Nonces drawn at once: one call for many is far cheaper. */
  noncesAtOnce: 256,
  /** Fingerprints remembered. */
  fingerprintsMax: 4_096,
  /** Accounts and issued PINs that a process seals under one data key before it makes another. */
  sealsPerBatch: 2 ** 24,
} as const;

export type VaultLimits = { readonly [Name in keyof typeof VAULT_LIMITS]: number };

const DATA_KEY_BYTES = 32;
const FINGERPRINT_CHARACTERS = 22;
const REFERENCE_CHARACTERS = 12;
const REFERENCE_MARKS = 36n ** BigInt(REFERENCE_CHARACTERS);
const ACCOUNT_DATA = Buffer.from('account');
const SECRET_DATA = Buffer.from('secret');
const KEY_DATA = Buffer.from('data key');
/** Bytes of the number by which a data key is known again. */
const ORIGIN_BYTES = 6;
/** The setting that tells which mark key this store's fingerprints are under. */
const MARK_SETTING = 'vault.mark';

/** The batch was added by another process: learnBatches(), then try again. */
export class UnknownKeyBatch extends VaultError {
  override name = 'UnknownKeyBatch';
}

export interface Vault {
  /** Of what a message asks for; 22 characters. What is not sensitive is remembered: most sales ask for the same. */
  fingerprint(content: string, sensitive: boolean): string;
  /** Of a PIN of a supplier: the same PIN taken in twice has the same mark. */
  markPin(supplier: string, code: string): string;
  markAccount(account: string): string;
  /** Short enough to be typed: 12 characters 0-9 A-Z. */
  markReference(text: string): string;
  /** Of a value card's number, whoever made it. */
  markCard(number: string): string;
  sealAccount(account: string): Uint8Array;
  openAccount(sealed: Uint8Array): string;
  /** Secrets of the installation, such as a link's keys; sealed as accounts are, and neither opens as the other. */
  sealSecret(text: string): Uint8Array;
  openSecret(sealed: Uint8Array): string;
  /** A new data key, in the store when this resolves. */
  newBatch(): Promise<number>;
  /** The batch for accounts, and for PINs issued at the moment of sale. */
  currentBatch(): number;
  sealPin(batch: number, product: string, serial: string, code: string): Uint8Array;
  /** Throws UnknownKeyBatch, or VaultError where the sealed bytes are not of this product and serial. */
  openPin(pin: SealedPin, product: string): string;
  learnBatches(): Promise<void>;
  /** The data key of a batch, to be handed to a switch with the PINs under it. Throws UnknownKeyBatch. */
  dataKey(batch: number): Uint8Array;
  /**
   * Keeps a data key that came from the hub, wrapped by the current master key; says its batch here. The same key has
   * one batch, whatever its number at the hub is: a hub that was restored from a backup may use a number again.
   */
  adoptBatch(dataKey: Uint8Array): Promise<number>;
  /** Wraps every data key by the current master key; says how many were not yet. Works while selling. */
  rewrapAll(): Promise<number>;
}

/** Throws VaultError where these are not the keys that the store's contents were sealed and marked under. */
export async function openVault(
  store: Store,
  keyring: Keyring,
  random: Random,
  limits: VaultLimits = VAULT_LIMITS,
): Promise<Vault> {
  const vault = new KeyedVault(store, keyring, random, limits);
  await vault.learnBatches();
  await checkMark(store, keyring);
  await vault.begin();
  await noteUse(store, keyring);
  return vault;
}

/** Keys were opened here. A full disk does not keep a switch from answering repeats. */
async function noteUse(store: Store, { current }: Keyring): Promise<void> {
  try {
    await store.note('openKeys', { masterKey: current });
  } catch (error) {
    if (!(error instanceof StoreFull)) throw error;
  }
}

/** Whether anything was ever sealed or marked for this store. */
export async function isSealed(store: Pick<Store, 'setting'>): Promise<boolean> {
  return (await store.setting(MARK_SETTING)) !== undefined;
}

/** Under another mark key nothing known is recognised and PINs would enter twice: found before the first does. */
async function checkMark(store: Store, keyring: Keyring): Promise<void> {
  const ours = mark(derived(keyring.mark, 'check'), '');
  const known = await store.setting(MARK_SETTING);
  if (known === undefined) await store.setSetting(MARK_SETTING, ours);
  else if (known !== ours) throw new VaultError('mark: not the key that this stock was taken in under');
}

class KeyedVault implements Vault {
  readonly #store: Store;
  readonly #random: Random;
  readonly #limits: VaultLimits;
  readonly #contentKey: KeyObject;
  readonly #pinKey: KeyObject;
  readonly #accountKey: KeyObject;
  readonly #referenceKey: KeyObject;
  readonly #cardKey: KeyObject;
  /** Data keys as bytes: a cipher is made for every PIN, and a KeyObject costs it half as much again. */
  readonly #batches = new Map<number, Buffer>();
  /** Batches here of data keys that came from the hub, by the keys' own numbers; as many as there are data keys. */
  readonly #adopted = new Map<number, number>();
  readonly #fingerprints = new Map<string, string>();
  #keyring: Keyring;
  #current = 0;
  /** Under current batches, by this process. */
  #seals = 0;
  #nonces: Buffer = Buffer.alloc(0);

  constructor(store: Store, keyring: Keyring, random: Random, limits: VaultLimits) {
    this.#store = store;
    this.#keyring = keyring;
    this.#random = random;
    this.#limits = limits;
    this.#contentKey = derived(keyring.mark, 'content');
    this.#pinKey = derived(keyring.mark, 'pin');
    this.#accountKey = derived(keyring.mark, 'account');
    this.#referenceKey = derived(keyring.mark, 'reference');
    this.#cardKey = derived(keyring.mark, 'card');
  }

  /** The newest batch of its own that the current master key wraps serves for accounts; at the first start there is none. */
  async begin(): Promise<void> {
    const [batches, adopted] = await Promise.all([this.#store.keyBatches(), this.#store.adoptedKeyBatches()]);
    for (const [origin, id] of adopted) this.#adopted.set(origin, id);
    // What the hub knows the key of is no place for what only this switch may read.
    const others = new Set(adopted.values());
    const mine = batches
      .filter(({ id, keyId }) => keyId === this.#keyring.current && !others.has(id))
      .map(({ id }) => id);
    this.#current = mine.length > 0 ? Math.max(...mine) : await this.newBatch();
  }

  fingerprint(content: string, sensitive: boolean): string {
    if (sensitive) return mark(this.#contentKey, content);
    const known = this.#fingerprints.get(content);
    if (known !== undefined) return known;
    if (this.#fingerprints.size >= this.#limits.fingerprintsMax) this.#fingerprints.clear();
    const made = mark(this.#contentKey, content);
    this.#fingerprints.set(content, made);
    return made;
  }

  markPin(supplier: string, code: string): string {
    return mark(this.#pinKey, `${supplier}\u0000${code}`);
  }

  markAccount(account: string): string {
    return mark(this.#accountKey, account);
  }

  markReference(text: string): string {
    const digest = createHmac('sha256', this.#referenceKey).update(text).digest();
    const short = digest.readBigUInt64BE() % REFERENCE_MARKS;
    return short.toString(36).toUpperCase().padStart(REFERENCE_CHARACTERS, '0');
  }

  markCard(number: string): string {
    return mark(this.#cardKey, number);
  }

  currentBatch(): number {
    return this.#current;
  }

  async newBatch(): Promise<number> {
    const dataKey = this.#random.bytes(DATA_KEY_BYTES);
    const id = await this.#store.addKeyBatch(...this.#wrapNow(dataKey));
    this.#batches.set(id, dataKey);
    return id;
  }

  /** One that cannot be unwrapped does not keep the others from being learned. */
  async learnBatches(): Promise<void> {
    let fault: unknown;
    for (const { id, keyId, wrapped } of await this.#store.keyBatches()) {
      if (this.#batches.has(id)) continue;
      try {
        this.#batches.set(id, this.#unwrap(id, keyId, wrapped));
      } catch (error) {
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
  }

  dataKey(batch: number): Uint8Array {
    return this.#batchKey(batch);
  }

  async adoptBatch(dataKey: Uint8Array): Promise<number> {
    const key = Buffer.from(dataKey);
    const origin = originOf(key);
    const known = this.#adopted.get(origin);
    if (known !== undefined) return known;
    const id = await this.#store.adoptKeyBatch(origin, ...this.#wrapNow(key));
    this.#batches.set(id, key);
    this.#adopted.set(origin, id);
    return id;
  }

  async rewrapAll(): Promise<number> {
    this.#keyring = this.#keyring.reread();
    let rewrapped = 0;
    const { current } = this.#keyring;
    for (const { id, keyId, wrapped } of await this.#store.keyBatches()) {
      if (keyId === current) continue;
      await this.#store.rewrapKeyBatch(id, current, this.#wrap(current, this.#unwrap(id, keyId, wrapped)));
      rewrapped += 1;
    }
    return rewrapped;
  }

  sealPin(batch: number, product: string, serial: string, code: string): Uint8Array {
    if (batch === this.#current) this.#countSeal();
    return this.#seal(this.#batchKey(batch), code, pinData(product, serial));
  }

  openPin(pin: SealedPin, product: string): string {
    return open(this.#batchKey(pin.batch), pin.sealed, 0, pinData(product, pin.serial)).toString('utf8');
  }

  sealAccount(account: string): Uint8Array {
    return this.#sealText(account, ACCOUNT_DATA);
  }

  openAccount(sealed: Uint8Array): string {
    return this.#openText(sealed, ACCOUNT_DATA);
  }

  sealSecret(text: string): Uint8Array {
    return this.#sealText(text, SECRET_DATA);
  }

  openSecret(sealed: Uint8Array): string {
    return this.#openText(sealed, SECRET_DATA);
  }

  #sealText(text: string, data: Buffer): Buffer {
    this.#countSeal();
    const head = Buffer.alloc(4);
    head.writeUInt32BE(this.#current);
    return Buffer.concat([head, this.#seal(this.#batchKey(this.#current), text, data)]);
  }

  #openText(sealed: Uint8Array, data: Buffer): string {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < 4) throw new VaultError(`sealed ${data}: too short`);
    return open(this.#batchKey(bytes.readUInt32BE()), bytes, 4, data).toString('utf8');
  }

  #batchKey(batch: number): Buffer {
    const key = this.#batches.get(batch);
    if (!key) throw new UnknownKeyBatch(`key batch ${batch} is not known`);
    return key;
  }

  /** Sealing goes on under the old data key until the new one is stored; where that fails, for as many again. */
  #countSeal(): void {
    this.#seals += 1;
    if (this.#seals % this.#limits.sealsPerBatch !== 0) return;
    this.newBatch().then(
      (id) => {
        this.#current = id;
      },
      () => {},
    );
  }

  /** One that is not known may have come by a rotation since the keys were read. */
  #masterKey(keyId: string): MasterKey {
    if (!this.#keyring.keys.has(keyId)) this.#keyring = this.#keyring.reread();
    const key = this.#keyring.keys.get(keyId);
    if (!key) throw new VaultError(`master key ${keyId} is not in the keyring`);
    return key;
  }

  /**
   * Under the key that is the master key now, which a rotation in another process may have changed: one that nothing
   * was wrapped by any more, and that was thrown away for it, would be lost with what is wrapped by it here.
   */
  #wrapNow(dataKey: Buffer): [keyId: string, wrapped: Uint8Array] {
    this.#keyring = this.#keyring.reread();
    const { current } = this.#keyring;
    return [current, this.#wrap(current, dataKey)];
  }

  #wrap(keyId: string, dataKey: Buffer): Uint8Array {
    return this.#masterKey(keyId).seal(this.#nonce(), dataKey, KEY_DATA);
  }

  #unwrap(batch: number, keyId: string, wrapped: Uint8Array): Buffer {
    const key = this.#masterKey(keyId);
    try {
      return key.open(wrapped, KEY_DATA);
    } catch (cause) {
      if (cause instanceof KeyringError) throw cause;
      throw new VaultError(`key batch ${batch}: master key ${keyId} does not open it`, { cause });
    }
  }

  #seal(key: Buffer, clear: string | Buffer, data: Buffer): Buffer {
    return gcmSealed(key, this.#nonce(), clear, data);
  }

  /** Each is handed out once. */
  #nonce(): Buffer {
    if (this.#nonces.length < NONCE_BYTES)
      this.#nonces = this.#random.bytes(NONCE_BYTES * this.#limits.noncesAtOnce);
    const nonce = this.#nonces.subarray(0, NONCE_BYTES);
    this.#nonces = this.#nonces.subarray(NONCE_BYTES);
    return nonce;
  }
}

function derived(key: Buffer, purpose: string): KeyObject {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', key, '', `prepaid-switch ${purpose}`, DATA_KEY_BYTES)),
  );
}

/** Of the key itself: two keys have one number once in 2^48. */
function originOf(dataKey: Buffer): number {
  return createHmac('sha256', dataKey).update('origin').digest().readUIntBE(0, ORIGIN_BYTES);
}

function mark(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, FINGERPRINT_CHARACTERS);
}

/** The product's length stands before it: no pair can be read as another one. */
function pinData(product: string, serial: string): Buffer {
  return Buffer.from(`${product.length}:${product}${serial}`);
}
