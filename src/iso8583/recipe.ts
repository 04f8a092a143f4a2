/**
 * A recipe is how messages of one make are written: their head, and in which order fields are written and runs
 * of the request copied. Answers of one kind to requests of one shape have the same recipe, so each is worked out
 * once and kept.
 * Maximum kept: 64 recipes a format, a newcomer replacing what lay in its place.
 */
import { fault } from './errors.js';
import { type Head, headOf, WORDS } from './head.js';
import type { ParsedMessage } from './message.js';
import type { FieldPlan } from './plan.js';
import type { Shape } from './shape.js';
import type { FieldList } from './types.js';

const TABLE_SLOTS = 64;
/** Bytes that a message's bytes are copied by, a power of two. */
export const COPY_TURN = 8;

/** Copy the request's fields of these slots, then write the next field. */
export interface Step {
  readonly firstSlot: number;
  /** The slot behind the last; equal to `firstSlot` when there is nothing to copy. */
  readonly endSlot: number;
  /** The field to write; undefined at the end of a message that ends with a copy. */
  readonly plan: FieldPlan | undefined;
}

export interface Recipe {
  readonly mti: string;
  /** The request's shape; undefined when there is no request. */
  readonly shape: Shape | undefined;
  readonly echo: readonly number[];
  /** The data elements that are written, ascending. */
  readonly own: readonly number[];
  /** The message type and the bitmaps, filled up to whole turns of the copy that writes them. */
  readonly head: Buffer;
  /** Bytes of the head without that filling. */
  readonly headBytes: number;
  readonly steps: readonly Step[];
}

export class RecipeTable {
  private readonly format: string;
  private readonly head: Head;
  private readonly plans: readonly (FieldPlan | undefined)[];
  private readonly table: (Recipe | undefined)[] = new Array(TABLE_SLOTS).fill(undefined);

  /** `plans` by data element number. */
  constructor(format: string, head: Head, plans: readonly (FieldPlan | undefined)[]) {
    this.format = format;
    this.head = head;
    this.plans = plans;
  }

  /** The recipe for `fields` (ascending, none undefined) and what of `echo` the request has. */
  of(mti: string, fields: FieldList, request: ParsedMessage | undefined, echo: readonly number[]): Recipe {
    const shape = request === undefined ? undefined : request.shape;
    const slot = hash(mti, fields, shape === undefined ? 0 : shape.id) & (TABLE_SLOTS - 1);
    const known = this.table[slot];
    const whole = request === undefined || request.count === request.shape.des.length;
    if (whole && known !== undefined && known.shape === shape && known.mti === mti) {
      if (sameFields(known.own, fields) && sameNumbers(known.echo, echo)) return known;
    }
    const fresh = this.make(mti, fields, request, echo);
    if (whole) this.table[slot] = fresh;
    return fresh;
  }

  private make(
    mti: string,
    fields: FieldList,
    request: ParsedMessage | undefined,
    echo: readonly number[],
  ): Recipe {
    const own = fields.map((field) => field[0]);
    const copied = new Set(request === undefined ? [] : echo.filter((de) => request.has(de)));
    const words = new Int32Array(WORDS);
    const steps: Step[] = [];
    let firstSlot = 0;
    let endSlot = 0;
    for (const de of own) if (this.plans[de] === undefined) this.failUnknown(de);
    for (const de of [...new Set([...own, ...copied])].sort((a, b) => a - b)) {
      setBit(words, de);
      const slot = own.includes(de) ? -1 : (request?.shape.slots[de] ?? 0);
      if (slot === endSlot && firstSlot < endSlot) {
        endSlot += 1;
        continue;
      }
      if (slot < 0 || firstSlot < endSlot)
        steps.push({ firstSlot, endSlot, plan: slot < 0 ? this.plans[de] : undefined });
      firstSlot = Math.max(0, slot);
      endSlot = slot + 1;
      if (slot < 0) endSlot = firstSlot;
    }
    if (firstSlot < endSlot) steps.push({ firstSlot, endSlot, plan: undefined });
    const exact = headOf(this.head, mti, words);
    const head = Buffer.concat([exact], (exact.length + COPY_TURN - 1) & -COPY_TURN);
    return { mti, shape: request?.shape, echo: [...echo], own, head, headBytes: exact.length, steps };
  }

  private failUnknown(de: number): never {
    fault(String(de), undefined, `only fields that the format ${this.format} defines`, 'a value for it');
  }
}

function setBit(words: Int32Array, de: number): void {
  const index = (de - 1) >> 5;
  words[index] = (words[index] ?? 0) | (0x80000000 >>> ((de - 1) & 31));
}

/** Of the message type the two digits that tell messages apart. */
function hash(mti: string, fields: FieldList, seed: number): number {
  let mixed = seed + 31 * mti.charCodeAt(1) + 7 * mti.charCodeAt(2);
  for (let i = 0; i < fields.length; i += 1)
    mixed = Math.imul(mixed, 31) + (fields[i] as FieldList[number])[0];
  return mixed ^ (mixed >>> 6) ^ (mixed >>> 12);
}

function sameFields(own: readonly number[], fields: FieldList): boolean {
  if (own.length !== fields.length) return false;
  for (let i = 0; i < own.length; i += 1) if (own[i] !== (fields[i] as FieldList[number])[0]) return false;
  return true;
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
