/** A real PKCS#11 token, SoftHSM's, in a folder of its own; and another hand on it than the program's. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Attribute, Handle, Library, Package } from '../../src/stock/token/cryptoki.js';
import { keepSecret } from './canary.js';
import { scratch } from './process.js';

/** Debian's, Fedora's, and where it is made from source. */
const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];
export const TOKEN_MODULE = MODULES.find((path) => existsSync(path)) ?? '';

/** What only these tests use of it. */
type Hands = Library & { C_CreateObject(session: Handle, template: readonly Attribute[]): Handle };
type Names = Omit<Package, 'PKCS11'> & { readonly CKA_VALUE: number };
type WholePackage = Names & { readonly PKCS11: new () => Hands };

function missing(): string | false {
  const { status } = spawnSync('softhsm2-util', ['--version']);
  if (status !== 0 || TOKEN_MODULE === '') return 'SoftHSM is not installed: apt-get install softhsm2';
  try {
    pkcs11();
    return false;
  } catch {
    return 'pkcs11js is not installed, or was not compiled';
  }
}

function pkcs11(): WholePackage {
  return createRequire(import.meta.url)('pkcs11js') as WholePackage;
}

/** For tap: why a test that needs a token cannot run here. */
export const withoutToken = missing();

interface Scope {
  teardown(task: () => void): void;
}

/** One for a test file: this process, and those that it starts, know its folder by SOFTHSM2_CONF. */
export class SoftToken {
  readonly label = 'prepaid';
  readonly pin = '4711081547';
  readonly pinFile: string;
  /** Options that name it. */
  readonly options: readonly string[];
  readonly #folder: string;

  constructor(t: Scope) {
    this.#folder = scratch(t);
    mkdirSync(join(this.#folder, 'tokens'));
    const conf = join(this.#folder, 'softhsm2.conf');
    writeFileSync(conf, `directories.tokendir = ${join(this.#folder, 'tokens')}\n`);
    process.env.SOFTHSM2_CONF = conf;
    const args = ['--init-token', '--free', '--label', this.label, '--pin', this.pin, '--so-pin', '99998888'];
    const { status, stderr } = spawnSync('softhsm2-util', args);
    if (status !== 0) throw new Error(`softhsm2-util: ${stderr.toString()}`);
    keepSecret(this.pin);
    this.pinFile = join(this.#folder, 'pin');
    writeFileSync(this.pinFile, `${this.pin}\n`);
    chmodSync(this.pinFile, 0o600);
    this.options = ['--token', this.label, '--module', TOKEN_MODULE, '--pin-file', this.pinFile];
  }

  get spec() {
    return { module: TOKEN_MODULE, label: this.label, pin: { file: this.pinFile } };
  }

  /** As if it were pulled out, for processes that ask for it from now on. */
  pull(): void {
    renameSync(join(this.#folder, 'tokens'), join(this.#folder, 'pulled'));
    mkdirSync(join(this.#folder, 'tokens'));
  }

  putBack(): void {
    renameSync(join(this.#folder, 'tokens'), join(this.#folder, `empty-${Date.now()}`));
    renameSync(join(this.#folder, 'pulled'), join(this.#folder, 'tokens'));
  }

  /** In this process, in a session of its own. */
  asked<T>(task: (hand: TokenHand) => T): T {
    const names = pkcs11();
    const library = new names.PKCS11();
    library.load(TOKEN_MODULE);
    quietly(() => library.C_Initialize());
    const slot = library
      .C_GetSlotList(true)
      .find((one) => library.C_GetTokenInfo(one).label.trim() === this.label);
    if (!slot) throw new Error('no token');
    const session = library.C_OpenSession(slot, names.CKF_SERIAL_SESSION | names.CKF_RW_SESSION);
    quietly(() => library.C_Login(session, names.CKU_USER, this.pin));
    try {
      return task(new TokenHand(names, library, session));
    } finally {
      quietly(() => library.C_CloseSession(session));
    }
  }
}

/** The library and the login are the process's: another may have been first. */
function quietly(task: () => void): void {
  try {
    task();
  } catch (error) {
    const { message } = error as Error;
    if (!/ALREADY|NOT_INITIALIZED/.test(message)) throw error;
  }
}

export class TokenHand {
  readonly #names: Names;
  readonly #library: Hands;
  readonly #session: Handle;

  constructor(names: Names, library: Hands, session: Handle) {
    this.#names = names;
    this.#library = library;
    this.#session = session;
  }

  /** An AES-256 key whose bytes are known, as the program would have one of its own. */
  putKey(label: string, value: Buffer, extractable = false): void {
    const names = this.#names;
    this.#library.C_CreateObject(this.#session, [
      { type: names.CKA_CLASS, value: names.CKO_SECRET_KEY },
      { type: names.CKA_KEY_TYPE, value: names.CKK_AES },
      { type: names.CKA_TOKEN, value: true },
      { type: names.CKA_PRIVATE, value: true },
      { type: names.CKA_SENSITIVE, value: true },
      { type: names.CKA_EXTRACTABLE, value: extractable },
      { type: names.CKA_ENCRYPT, value: true },
      { type: names.CKA_DECRYPT, value: true },
      { type: names.CKA_LABEL, value: label },
      { type: names.CKA_VALUE, value },
    ]);
  }

  /** What the token says of a key, and what it says to who asks for its bytes. */
  describe(label: string): { sensitive: boolean; extractable: boolean; bytes: number; value: string } {
    const names = this.#names;
    this.#library.C_FindObjectsInit(this.#session, [{ type: names.CKA_LABEL, value: label }]);
    const [key] = this.#library.C_FindObjects(this.#session, 1);
    this.#library.C_FindObjectsFinal(this.#session);
    if (!key) throw new Error(`no key ${label}`);
    const types = [names.CKA_SENSITIVE, names.CKA_EXTRACTABLE, names.CKA_VALUE_LEN];
    const attributes = this.#library.C_GetAttributeValue(
      this.#session,
      key,
      types.map((type) => ({ type })),
    );
    const [sensitive, extractable, bytes] = attributes.map(({ value }) => value[0]);
    let value = 'given out';
    try {
      this.#library.C_GetAttributeValue(this.#session, key, [{ type: names.CKA_VALUE }]);
    } catch (error) {
      value = (error as Error).message;
    }
    return { sensitive: sensitive === 1, extractable: extractable === 1, bytes: bytes ?? 0, value };
  }

  /** Every session of this process ends, as when a token is taken out and put in again. */
  endSessions(): void {
    this.#library.C_Finalize();
  }
}
