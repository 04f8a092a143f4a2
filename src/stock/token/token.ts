/**
 * AES keys on a PKCS#11 token: made there, never out of it (CKA_SENSITIVE, not CKA_EXTRACTABLE), used there under
 * CKM_AES_GCM. Everything is synchronous, and asked of the token only when data keys are wrapped, unwrapped or learned:
 * no sale stands behind it.
 */
import { NONCE_BYTES, TAG_BYTES } from '../../base/gcm.js';
import { KEY_BYTES } from '../keyringSpec.js';
import type { MasterKey } from '../masterKey.js';
import { openedBy } from '../sealing.js';
import type { Attribute, Cryptoki, Handle, Mechanism } from './cryptoki.js';
import { isLost, type Session, type TokenSession } from './session.js';

export class Token {
  readonly #cryptoki: Cryptoki;
  readonly #session: TokenSession;

  constructor(cryptoki: Cryptoki, session: TokenSession) {
    this.#cryptoki = cryptoki;
    this.#session = session;
  }

  /** Makes an AES-256 key. */
  generate(label: string): void {
    const { names, library } = this.#cryptoki;
    const template: Attribute[] = [
      ...this.#keyOf(label),
      { type: names.CKA_VALUE_LEN, value: KEY_BYTES },
      { type: names.CKA_TOKEN, value: true },
      { type: names.CKA_PRIVATE, value: true },
      { type: names.CKA_SENSITIVE, value: true },
      { type: names.CKA_EXTRACTABLE, value: false },
      { type: names.CKA_ENCRYPT, value: true },
      { type: names.CKA_DECRYPT, value: true },
    ];
    const mechanism = { mechanism: names.CKM_AES_KEY_GEN };
    this.#session.asked('token.label', ({ handle }) => library.C_GenerateKey(handle, mechanism, template));
  }

  /** The key of this label; `member` is where the label stands. Throws KeyringError where there is not just one. */
  key(label: string, member: string): MasterKey {
    this.#session.asked(member, (session) => this.#find(session, label, member));
    return {
      place: 'token',
      seal: (nonce, clear, data) => this.#seal(label, member, nonce, clear, data),
      open: (sealed, data) => this.#open(label, member, sealed, data),
    };
  }

  #seal(label: string, member: string, nonce: Buffer, clear: Buffer, data: Buffer): Buffer {
    const { library } = this.#cryptoki;
    const sealed = this.#session.asked(member, (session) => {
      library.C_EncryptInit(session.handle, this.#gcm(nonce, data), this.#find(session, label, member));
      return library.C_Encrypt(session.handle, clear, Buffer.alloc(clear.length + TAG_BYTES));
    });
    return Buffer.concat([nonce, sealed]);
  }

  #open(label: string, member: string, sealed: Uint8Array, data: Buffer): Buffer {
    return openedBy(sealed, 0, () => this.#opened(label, member, Buffer.from(sealed), data));
  }

  /** Undefined where the token's key does not open it. */
  #opened(label: string, member: string, bytes: Buffer, data: Buffer): Buffer | undefined {
    const mechanism = this.#gcm(bytes.subarray(0, NONCE_BYTES), data);
    const { library } = this.#cryptoki;
    return this.#session.asked(member, (session) => {
      library.C_DecryptInit(session.handle, mechanism, this.#find(session, label, member));
      try {
        return library.C_Decrypt(session.handle, bytes.subarray(NONCE_BYTES), Buffer.alloc(bytes.length));
      } catch (error) {
        // Tokens answer a wrong tag by one code or another.
        if (isLost(error)) throw error;
        return undefined;
      }
    });
  }

  #gcm(iv: Buffer, aad: Buffer): Mechanism {
    const { CKM_AES_GCM, CK_PARAMS_AES_GCM } = this.#cryptoki.names;
    const parameter = { type: CK_PARAMS_AES_GCM, iv, aad, ivBits: NONCE_BYTES * 8, tagBits: TAG_BYTES * 8 };
    return { mechanism: CKM_AES_GCM, parameter };
  }

  #find(session: Session, label: string, member: string): Handle {
    const known = session.keys.get(label);
    if (known) return known;
    const { library } = this.#cryptoki;
    library.C_FindObjectsInit(session.handle, this.#keyOf(label));
    const found = library.C_FindObjects(session.handle, 2);
    library.C_FindObjectsFinal(session.handle);
    const [key] = found;
    if (!key || found.length > 1) {
      const many = found.length === 0 ? 'no AES key' : 'more than one AES key';
      throw this.#session.fault(member, `the token has ${many} of this label`);
    }
    this.#refuseLoose(session, key, member);
    session.keys.set(label, key);
    return key;
  }

  /** A key that its token gives out is no better there than in a file. */
  #refuseLoose({ handle }: Session, key: Handle, member: string): void {
    const { names, library } = this.#cryptoki;
    const asked = [{ type: names.CKA_SENSITIVE }, { type: names.CKA_EXTRACTABLE }];
    const [sensitive, extractable] = library.C_GetAttributeValue(handle, key, asked);
    if (sensitive?.value[0] === 1 && extractable?.value[0] === 0) return;
    throw this.#session.fault(
      member,
      'the token would give this key out: it must be sensitive and not extractable',
    );
  }

  #keyOf(label: string): Attribute[] {
    const { names } = this.#cryptoki;
    return [
      { type: names.CKA_CLASS, value: names.CKO_SECRET_KEY },
      { type: names.CKA_KEY_TYPE, value: names.CKK_AES },
      { type: names.CKA_LABEL, value: label },
    ];
  }
}
