/**
 * Which request an answer is for: by the message class and function, the STAN and the terminal (or the fields that
 * the caller named), never by order. Of several requests with the same key (a repeat beside its original) the answer
 * goes to the one whose own message type it has, else to the oldest.
 */
import type { Message } from '../../iso8583/index.js';
import { isSameField, PlainFields } from './plainFields.js';

const ZERO = 0x30;
const ORIGIN = 3;

/** A response (third digit odd), or a decline as some hosts send it: the request's type with a 9 in front. */
export function isAnswer(mti: string): boolean {
  return mti.charCodeAt(2) % 2 === 1 || mti.startsWith('9');
}

/** Class and function in two digits; version, origin and repeat left out. */
function classOf(mti: string): number {
  return 10 * (mti.charCodeAt(1) - ZERO) + ((mti.charCodeAt(2) - ZERO) & ~1);
}

export interface PairKey {
  /** What is looked up: class, function and first field; a number where that is a STAN of six digits. */
  readonly name: string | number;
  readonly message: Message;
}

const NAMES_OF_STAN = 1_000_000;
const PLAIN_PATH = /^\d+$/;

/** Makes the keys of messages, and decides by the other fields; those that one side has not decide nothing. */
export class Pairing {
  readonly #first: string;
  /** The first one's data element, where it is no subfield; else 0. */
  readonly #firstDe: number;
  readonly #others: readonly (number | string)[];
  readonly #plain = new PlainFields();

  constructor([first = '11', ...others]: readonly string[]) {
    this.#first = first;
    this.#firstDe = PLAIN_PATH.test(first) ? Number(first) : 0;
    this.#others = others.map((path) => (PLAIN_PATH.test(path) ? Number(path) : path));
  }

  key(message: Message): PairKey {
    const { mti } = message;
    const stan = this.#firstDe === 0 ? -1 : this.#plain.six(message, this.#firstDe);
    if (stan >= 0) return { name: classOf(mti) * NAMES_OF_STAN + stan, message };
    return { name: `${classOf(mti)} ${message.text(this.#firstDe || this.#first) ?? ''}`, message };
  }

  agrees(request: Message, answer: Message): boolean {
    for (const path of this.#others) {
      if (typeof path === 'number' && isSameField(request, answer, path)) continue;
      const text = request.text(path);
      if (text === undefined) continue;
      const other = answer.text(path);
      if (other !== undefined && text !== other) return false;
    }
    return true;
  }
}

interface Entry<T> {
  readonly key: PairKey;
  readonly request: T;
  /** The next one with the same name. */
  next: Entry<T> | undefined;
}

/** Requests that wait for their answers. */
export class Waiting<T> {
  readonly #pairing: Pairing;
  readonly #byName = new Map<PairKey['name'], Entry<T>>();

  constructor(pairing: Pairing) {
    this.#pairing = pairing;
  }

  add(key: PairKey, request: T): void {
    const entry: Entry<T> = { key, request, next: undefined };
    const first = this.#byName.get(key.name);
    if (first) last(first).next = entry;
    else this.#byName.set(key.name, entry);
  }

  /** Takes the request that an answer with this key is for. */
  take(answer: PairKey): T | undefined {
    let found: Entry<T> | undefined;
    for (let entry = this.#byName.get(answer.name); entry; entry = entry.next) {
      if (!this.#pairing.agrees(entry.key.message, answer.message)) continue;
      found ??= entry;
      if (entry.key.message.mti.charCodeAt(ORIGIN) !== answer.message.mti.charCodeAt(ORIGIN)) continue;
      found = entry;
      break;
    }
    if (found) this.remove(found.key, found.request);
    return found?.request;
  }

  remove({ name }: PairKey, request: T): void {
    const first = this.#byName.get(name);
    if (!first) return;
    if (first.request === request) {
      if (first.next) this.#byName.set(name, first.next);
      else this.#byName.delete(name);
      return;
    }
    for (let entry = first; entry.next; entry = entry.next) {
      if (entry.next.request !== request) continue;
      entry.next = entry.next.next;
      return;
    }
  }

  *all(): Generator<T> {
    for (const first of this.#byName.values()) {
      for (let entry: Entry<T> | undefined = first; entry; entry = entry.next) yield entry.request;
    }
  }
}

function last<T>(entry: Entry<T>): Entry<T> {
  let at = entry;
  while (at.next) at = at.next;
  return at;
}
