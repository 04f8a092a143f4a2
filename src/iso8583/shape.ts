/**
 * A shape is what a bitmap alone decides: which fields follow, in which order. Messages of a link have few shapes,
 * so each is worked out once and kept.
 * Maximum kept: 256 shapes a format, in a table where a newcomer replaces what lay in its place, so that random
 * bitmaps cost time but never memory.
 */
import type { FieldPlan } from './plan.js';

const TABLE_SLOTS = 256;
/** The slot of a data element that is absent. */
export const ABSENT = 255;

/** Six words: bits 1 to 192, the bitmaps' own bits (1, 65) as they stand. */
export interface Words {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly w4: number;
  readonly w5: number;
}

export interface Shape extends Words {
  /** Data elements, ascending, up to the first that the format does not define. */
  readonly des: readonly number[];
  readonly plans: readonly FieldPlan[];
  /** Index into `des` by data element number. */
  readonly slots: Uint8Array;
  /** The first data element that the format does not define; 0 when there is none. */
  readonly unknown: number;
}

export class ShapeTable {
  readonly #plans: ReadonlyMap<number, FieldPlan>;
  readonly #table: (Shape | undefined)[] = new Array(TABLE_SLOTS).fill(undefined);

  constructor(plans: ReadonlyMap<number, FieldPlan>) {
    this.#plans = plans;
  }

  /** The shape of a bitmap. Bits that stand for bitmaps are given as 0. */
  of(w0: number, w1: number, w2: number, w3: number, w4: number, w5: number): Shape {
    const slot = hash(w0, w1, w2, w3, w4, w5);
    const known = this.#table[slot];
    if (known !== undefined && known.w0 === w0 && known.w1 === w1 && known.w2 === w2 && known.w3 === w3) {
      if (known.w4 === w4 && known.w5 === w5) return known;
    }
    const fresh = this.#make([w0, w1, w2, w3, w4, w5]);
    this.#table[slot] = fresh;
    return fresh;
  }

  #make(words: readonly number[]): Shape {
    const des: number[] = [];
    const plans: FieldPlan[] = [];
    const slots = new Uint8Array(193).fill(ABSENT);
    let unknown = 0;
    for (let de = 2; de <= 192 && unknown === 0; de += 1) {
      if ((((words[(de - 1) >> 5] ?? 0) << ((de - 1) & 31)) & 0x80000000) === 0) continue;
      const plan = this.#plans.get(de);
      if (plan === undefined) {
        unknown = de;
      } else {
        slots[de] = des.length;
        des.push(de);
        plans.push(plan);
      }
    }
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0, w4 = 0, w5 = 0] = words;
    return { w0, w1, w2, w3, w4, w5, des, plans, slots, unknown };
  }
}

function hash(w0: number, w1: number, w2: number, w3: number, w4: number, w5: number): number {
  let mixed = Math.imul(w0, 0x9e3779b1) ^ Math.imul(w1, 0x85ebca6b) ^ Math.imul(w2, 0xc2b2ae35);
  mixed ^= Math.imul(w3, 0x27d4eb2f) ^ Math.imul(w4, 0x165667b1) ^ Math.imul(w5, 0x2545f491);
  return ((mixed ^ (mixed >>> 15)) >>> 8) & (TABLE_SLOTS - 1);
}
