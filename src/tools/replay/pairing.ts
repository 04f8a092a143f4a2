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

/** Requests that wait for their answers. */
export class Waiting<T> {
  readonly #byName = new Map<string, { readonly key: PairKey; readonly request: T }[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: PairKey, request: T): void {
    const list = this.#byName.get(key.name);
    if (list) list.push({ key, request });
    else this.#byName.set(key.name, [{ key, request }]);
    this.#size += 1;
  }

  /** Takes the request that an answer with this key is for. */
  take(answer: PairKey): T | undefined {
    const list = this.#byName.get(answer.name);
    if (!list) return undefined;
    const fits =
      list.length === 1 ? list : list.filter(({ key }) => key.mti.charAt(3) === answer.mti.charAt(3));
    const found = fits.find(({ key }) => agrees(key, answer)) ?? list.find(({ key }) => agrees(key, answer));
    if (found) this.remove(found.key, found.request);
    return found?.request;
  }

  remove({ name }: PairKey, request: T): void {
    const list = this.#byName.get(name);
    const at = list?.findIndex((one) => one.request === request) ?? -1;
    if (!list || at < 0) return;
    this.#size -= 1;
    if (list.length === 1) this.#byName.delete(name);
    else list.splice(at, 1);
  }

  *all(): Generator<T> {
    for (const list of this.#byName.values()) for (const { request } of list) yield request;
  }
}

function agrees(request: PairKey, answer: PairKey): boolean {
  return request.others.every((text, at) => {
    const other = answer.others[at];
    return text === undefined || other === undefined || text === other;
  });
}
