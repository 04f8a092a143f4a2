/**
 * PKCS#11 libraries, loaded only where a key file names a token: `pkcs11js` is optional. What is used of it is typed here,
 * so that the program is built where it is not installed. A library is one per process, by its standard: here it is known
 * again by its path.
 */
import { createRequire } from 'node:module';

export type Handle = Buffer;

export interface Attribute {
  readonly type: number;
  readonly value?: Buffer | string | number | boolean;
}

export interface Mechanism {
  readonly mechanism: number;
  readonly parameter?: {
    readonly type: number;
    readonly iv: Buffer;
    readonly aad: Buffer;
    readonly ivBits: number;
    readonly tagBits: number;
  };
}

/** Errors have the name of the CKR_ code as their message. */
export interface Library {
  load(path: string): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, user: number, pin: string): void;
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: readonly Attribute[]): Handle;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, max: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(
    session: Handle,
    object: Handle,
    template: readonly Attribute[],
  ): { readonly value: Buffer }[];
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Encrypt(session: Handle, clear: Buffer, out: Buffer): Buffer;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Decrypt(session: Handle, sealed: Buffer, out: Buffer): Buffer;
}

type Constant =
  | 'CKA_CLASS'
  | 'CKA_DECRYPT'
  | 'CKA_ENCRYPT'
  | 'CKA_EXTRACTABLE'
  | 'CKA_KEY_TYPE'
  | 'CKA_LABEL'
  | 'CKA_PRIVATE'
  | 'CKA_SENSITIVE'
  | 'CKA_TOKEN'
  | 'CKA_VALUE_LEN'
  | 'CKF_RW_SESSION'
  | 'CKF_SERIAL_SESSION'
  | 'CKK_AES'
  | 'CKM_AES_GCM'
  | 'CKM_AES_KEY_GEN'
  | 'CKO_SECRET_KEY'
  | 'CKU_USER'
  | 'CK_PARAMS_AES_GCM';

export type Package = { readonly [Name in Constant]: number } & { readonly PKCS11: new () => Library };

export interface Cryptoki {
  readonly library: Library;
  readonly names: Package;
  /** By token, the last PIN that it refused: not sent again, for a token counts and then locks. */
  readonly refused: Map<string, string>;
}

/** Either is told as it is: the package is missing (or was not built), or the library cannot be loaded. */
export type CryptokiFault = 'package' | 'library';

const loaded = new Map<string, Cryptoki>();

export function loadCryptoki(path: string): Cryptoki | CryptokiFault {
  const known = loaded.get(path);
  if (known) return known;
  const names = packageOf();
  if (!names) return 'package';
  const library = new names.PKCS11();
  try {
    library.load(path);
    initialize(library);
  } catch {
    return 'library';
  }
  const cryptoki: Cryptoki = { library, names, refused: new Map() };
  loaded.set(path, cryptoki);
  return cryptoki;
}

function packageOf(): Package | undefined {
  try {
    return createRequire(import.meta.url)('pkcs11js') as Package;
  } catch {
    return undefined;
  }
}

function initialize(library: Library): void {
  try {
    library.C_Initialize();
  } catch (error) {
    if (codeOf(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') throw error;
  }
}

/** From the beginning, as a token that went away and came back may need it. Every session ends. */
export function beginAgain({ library }: Cryptoki): void {
  try {
    library.C_Finalize();
  } catch {
    // It may have ended by itself.
  }
  initialize(library);
}

/** The CKR_ name of what a library answered, or what class of error it was. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return /^CKR_\w+$/.test(error.message) ? error.message : error.name;
}
