/**
 * A session with a PKCS#11 token, opened when it is first needed. One that was lost is opened again, the library begun
 * anew, once for each call: a token that is away is told so at once, and used again when it is back.
 */
import { KeyringError, type TokenSpec } from '../keyringSpec.js';
import { beginAgain, type Cryptoki, codeOf, type Handle } from './cryptoki.js';

/** What a token answers where the session, or the token under it, is no longer what it was. */
const LOST: ReadonlySet<string> = new Set([
  'CKR_CRYPTOKI_NOT_INITIALIZED',
  'CKR_DEVICE_ERROR',
  'CKR_DEVICE_REMOVED',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_SESSION_CLOSED',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SLOT_ID_INVALID',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_USER_NOT_LOGGED_IN',
]);

export interface Session {
  readonly handle: Handle;
  /** By label, as they were found in it. */
  readonly keys: Map<string, Handle>;
}

export class TokenSession {
  readonly #cryptoki: Cryptoki;
  readonly #spec: TokenSpec;
  readonly #origin: string;
  readonly #pin: () => string;
  #session: Session | undefined;
  #wasLost = false;

  /** `origin` stands first in every error, then the member that is at fault. `pin` is asked at each login. */
  constructor(cryptoki: Cryptoki, spec: TokenSpec, origin: string, pin: () => string) {
    this.#cryptoki = cryptoki;
    this.#spec = spec;
    this.#origin = origin;
    this.#pin = pin;
  }

  /** Errors that are not ours are the token's, told by their code. */
  asked<T>(member: string, task: (session: Session) => T): T {
    if (this.#session) {
      const answer = this.#tried(this.#session, task, member);
      if (answer) return answer.value;
      this.#wasLost = true;
    }
    if (this.#wasLost) this.#call('token.module', () => beginAgain(this.#cryptoki));
    this.#session = { handle: this.#begin(), keys: new Map() };
    this.#wasLost = false;
    const answer = this.#tried(this.#session, task, member);
    if (answer) return answer.value;
    this.#wasLost = true;
    throw this.fault(member, 'the token went away');
  }

  /** Undefined where the session was lost. After any other error it is closed: an operation may be open in it. */
  #tried<T>(session: Session, task: (session: Session) => T, member: string): { value: T } | undefined {
    try {
      return { value: task(session) };
    } catch (error) {
      if (error instanceof KeyringError) throw error;
      this.#session = undefined;
      if (isLost(error)) return undefined;
      this.#close(session.handle);
      throw this.fault(member, `the token says ${codeOf(error)}`);
    }
  }

  #begin(): Handle {
    const { names, library, refused } = this.#cryptoki;
    const pin = this.#pin();
    if (refused.get(this.#spec.label) === pin) {
      throw this.fault('token.pin', 'the token has refused it, and is not asked again');
    }
    const slot = this.#slot();
    const flags = names.CKF_SERIAL_SESSION | names.CKF_RW_SESSION;
    const session = this.#call('token.label', () => library.C_OpenSession(slot, flags));
    this.#login(session, pin);
    return session;
  }

  #login(session: Handle, pin: string): void {
    const { names, library, refused } = this.#cryptoki;
    try {
      library.C_Login(session, names.CKU_USER, pin);
    } catch (error) {
      const code = codeOf(error);
      // A login is the process's, not the session's.
      if (code === 'CKR_USER_ALREADY_LOGGED_IN') return;
      if (code === 'CKR_PIN_INCORRECT') refused.set(this.#spec.label, pin);
      this.#close(session);
      throw this.fault('token.pin', `the token refuses it (${code})`);
    }
  }

  #close(session: Handle): void {
    try {
      this.#cryptoki.library.C_CloseSession(session);
    } catch {
      // It is given up, whatever it was.
    }
  }

  #slot(): Handle {
    const { library } = this.#cryptoki;
    const slots = this.#call('token.module', () => library.C_GetSlotList(true));
    const found = slots.filter((slot) => this.#labelOf(slot) === this.#spec.label);
    const [slot] = found;
    if (slot && found.length === 1) return slot;
    throw this.fault(
      'token.label',
      `${found.length === 0 ? 'no token has' : 'more than one token has'} this label`,
    );
  }

  /** Padded with spaces, or with zeros. One that cannot be asked is none. */
  #labelOf(slot: Handle): string | undefined {
    try {
      return this.#cryptoki.library.C_GetTokenInfo(slot).label.replace(/[ \0]+$/, '');
    } catch {
      return undefined;
    }
  }

  #call<T>(member: string, task: () => T): T {
    try {
      return task();
    } catch (error) {
      throw this.fault(member, `the token says ${codeOf(error)}`);
    }
  }

  /** What is wrong with a member of the key file, as one line. */
  fault(member: string, text: string): KeyringError {
    return new KeyringError(`${this.#origin}: ${member}: ${text}`);
  }
}

export function isLost(error: unknown): boolean {
  return LOST.has(codeOf(error));
}
