/**
 * Forms of answers that were found to be as expected: answers whose message type, bitmaps, lengths and tags are the
 * same bytes have all their fields in the same places, so that they are compared byte by byte and nothing of them is
 * read. Maximum: 64 forms, the first ones; at whatever else a closer look is taken.
 */
import type { Codec, Message } from '../../iso8583/index.js';
import { withoutOccurrence } from '../difference/difference.js';
import { RENEWED_FIELDS } from './renewer.js';

const FORMS_MAX = 64;

/** What a byte of a form is: one that tells where others stand, one to be compared, or (from FREE on) of a free field. */
const FRAME = 0;
const COMPARED = 1;
const FREE = 2;
const FREE_MAX = 200;

/** A field or subfield that may differ. */
interface Free {
  readonly path: string;
  /** Only where the server gave it by itself. */
  readonly own: number | undefined;
}

interface Form {
  readonly bytes: Buffer;
  readonly kinds: Uint8Array;
  readonly frees: readonly Free[];
}

export class Forms {
  readonly #codec: Codec;
  readonly #isIgnored: (path: string) => boolean;
  readonly #byLength = new Map<number, Form[]>();
  #count = 0;
  /** By free field, of the answer that was compared last. */
  readonly #differs = new Uint8Array(FREE_MAX);

  constructor(codec: Codec, isIgnored: (path: string) => boolean) {
    this.#codec = codec;
    this.#isIgnored = isIgnored;
  }

  /**
   * Whether the live answer is as expected but for free fields, which are told; false where that takes a closer look.
   * `isOwn`: of a renewed field.
   */
  agree(
    expected: Buffer,
    live: Buffer,
    isOwn: (de: number) => boolean,
    tell: (path: string) => void,
  ): boolean {
    if (expected.length !== live.length) return false;
    for (const form of this.#byLength.get(expected.length) ?? []) {
      if (!isOfForm(form, expected)) continue;
      return this.#agree(form, expected, live) && this.#told(form, isOwn, tell);
    }
    return false;
  }

  /** An answer that a closer look found to be as expected. */
  learn(expected: Message): void {
    if (this.#count >= FORMS_MAX) return;
    const { frame } = expected;
    const forms = this.#byLength.get(frame.length) ?? [];
    if (forms.some((form) => isOfForm(form, frame))) return;
    this.#count += 1;
    this.#byLength.set(frame.length, [...forms, this.#formOf(expected)]);
  }

  #agree({ kinds, frees }: Form, expected: Buffer, live: Buffer): boolean {
    const differs = this.#differs;
    for (let free = 0; free < frees.length; free += 1) differs[free] = 0;
    for (let at = 0; at < kinds.length; at += 1) {
      if (expected[at] === live[at]) continue;
      const kind = kinds[at] as number;
      if (kind < FREE) return false;
      differs[kind - FREE] = 1;
    }
    return true;
  }

  #told({ frees }: Form, isOwn: (de: number) => boolean, tell: (path: string) => void): boolean {
    for (let at = 0; at < frees.length; at += 1) {
      const own = this.#differs[at] === 1 ? frees[at]?.own : undefined;
      if (own !== undefined && !isOwn(own)) return false;
    }
    for (let at = 0; at < frees.length; at += 1) {
      if (this.#differs[at] === 1) tell((frees[at] as Free).path);
    }
    return true;
  }

  #formOf(message: Message): Form {
    const kinds = new Uint8Array(message.frame.length);
    const frees: Free[] = [];
    const rows = this.#codec.describe(message).filter(({ path }) => /^\d/.test(path));
    let whole = '';
    for (const [at, { path, offset, length }] of rows.entries()) {
      if (whole !== '' && path.startsWith(whole)) continue;
      const free = frees.length < FREE_MAX ? this.#freeOf(path) : undefined;
      whole = free ? `${path}.` : '';
      // What stands between parts tells where they are.
      if (!free && rows[at + 1]?.path.startsWith(`${path}.`)) continue;
      kinds.fill(free ? FREE + frees.length : COMPARED, offset, offset + length);
      if (free) frees.push(free);
    }
    return { bytes: Buffer.from(message.frame), kinds, frees };
  }

  #freeOf(full: string): Free | undefined {
    const path = withoutOccurrence(full);
    if (this.#isIgnored(path)) return { path, own: undefined };
    const de = RENEWED_FIELDS.find((one) => String(one) === path);
    return de === undefined ? undefined : { path, own: de };
  }
}

function isOfForm({ bytes, kinds }: Form, frame: Buffer): boolean {
  for (let at = 0; at < kinds.length; at += 1) {
    if (kinds[at] === FRAME && bytes[at] !== frame[at]) return false;
  }
  return true;
}
