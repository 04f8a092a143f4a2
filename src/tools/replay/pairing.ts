/**
 * Which request an answer is for: by the message class and function, the STAN and the terminal (or the fields that
 * the caller named), never by order. Of several requests with the same key (a repeat beside its original) the answer
 * goes to the one whose own message type it has, else to the oldest.
 */
import type { Message } from '../../iso8583/index.js';

/** A response (third digit odd), or a decline as some hosts send it: the request's type with a 9 in front. */
export function isAnswer(mti: string): boolean {
  return mti.charCodeAt(2) % 2 === 1 || mti.startsWith('9');
}

/** Version, origin and repeat left out. */
function classOf(mti: string): string {
  const fn = mti.charCodeAt(2);
  return mti.charAt(1) + (fn % 2 === 1 ? String.fromCharCode(fn - 1) : mti.charAt(2));
}

export interface PairKey {
  readonly mti: string;
  readonly name: string;
  /** Of the other fields; those that one side has not decide nothing. */
  readonly others: readonly (string | undefined)[];
}

export function pairKey(message: Message, [first = '11', ...others]: readonly string[]): PairKey {
  const { mti } = message;
  return {
    mti,
    name: `${classOf(mti)} ${textOf(message, first) ?? ''}`,
    others: others.map((path) => textOf(message, path)),
  };
}

/** Reading a plain field by its number is quicker. */
function textOf(message: Message, path: string): string | undefined {
  const de = Number(path);
  return message.text(Number.isNaN(de) ? path : de);
}

interface Entry<T> {
  readonly key: PairKey;
  readonly request: T;
  /** The next one with the same name. */
  next: Entry<T> | undefined;
}

/** Requests that wait for their answers. */
export class Waiting<T> {
  readonly #byName = new Map<string, Entry<T>>();

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
      if (!agrees(entry.key, answer)) continue;
      found ??= entry;
      if (entry.key.mti.charAt(3) !== answer.mti.charAt(3)) continue;
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

function agrees(request: PairKey, answer: PairKey): boolean {
  return request.others.every((text, at) => {
    const other = answer.others[at];
    return text === undefined || other === undefined || text === other;
  });
}
