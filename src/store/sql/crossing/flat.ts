/**
 * How verbs and results cross between threads: a group is one flat array of strings, numbers and nulls, which
 * clones about three times faster than objects do. Bytes go as latin1 strings for the same reason (a view
 * into a pooled buffer would take the whole pool along). Rare verbs put a whole object into one slot.
 *
 * A message is [weight, verb, verb …], a verb [operation, length, argument …], a result [status, value …].
 */
export type Scalar = string | number | null | object;
export type Flat = Scalar[];

/** First slot of a result. `aside`: it comes later, with those that settle a doubt (../doubt.ts). */
export const STATUS = { done: 0, invalid: 1, full: 2, busy: 3, aside: 4 } as const;

/** What the worker tells besides results. `settled`: the next message answers those that were set aside. */
export interface Notice {
  readonly kind: 'ready' | 'refused' | 'broken' | 'closed' | 'checkpoint' | 'settled';
  /** Safe to show. */
  readonly text: string;
}

export class Cursor {
  readonly values: Flat;
  at: number;

  constructor(values: Flat, at: number) {
    this.values = values;
    this.at = at;
  }

  scalar(): Scalar {
    return this.values[this.at++] as Scalar;
  }

  text(): string {
    return this.values[this.at++] as string;
  }

  number(): number {
    return this.values[this.at++] as number;
  }

  /** An object that its writer put into one slot. */
  object<T extends object>(): T {
    return this.values[this.at++] as T;
  }

  take(count: number): Flat {
    const start = this.at;
    this.at += count;
    return this.values.slice(start, this.at);
  }
}

export function toLatin1(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes)
    ? bytes.toString('latin1')
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function fromLatin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
