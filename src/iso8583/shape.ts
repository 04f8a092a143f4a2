/**
 * A shape is what a bitmap alone decides: which fields follow, in which order. Messages of a link have few shapes,
 * so each is worked out once and kept.
 * Maximum kept: 256 shapes a format, in a table where a newcomer replaces what lay in its place, so that random
 * bitmaps cost time but never memory.
 */
import type { FieldPlan } from './plan.js';

const TABLE_SLOTS = 256;
/** The slot of a data element that is absent: above every count of fields. */
const ABSENT = 255;

export interface Shape {
  /** The bitmaps' words, see head.ts. */
  readonly words: Int32Array;
  /** Data elements, ascending, up to the first that the format does not define. */
  readonly des: readonly number[];
  readonly plans: readonly FieldPlan[];
  /** Index into `des` by data element number. */
  readonly slots: Uint8Array;
  /**
   * Runs of fields of fixed length without structure: at the first field of one, how many they are (all digits or
   * all text, so that one check does for all); elsewhere 0.
   */
  readonly runs: readonly number[];
  /** Bytes of the whole run, by its first field. */
  readonly runBytes: readonly number[];
  /** Bytes on the wire by field; of use for fixed ones. */
  readonly bytes: readonly number[];
  /** Unlike that of any other shape of the format. */
  readonly id: number;
  /** The first data element that the format does not define; 0 when there is none. */
  readonly unknown: number;
}

export class ShapeTable {
  private readonly plans: ReadonlyMap<number, FieldPlan>;
  private made = 0;
  private readonly table: (Shape | undefined)[] = new Array(TABLE_SLOTS).fill(undefined);

  constructor(plans: ReadonlyMap<number, FieldPlan>) {
    this.plans = plans;
  }

  /** The shape of the bitmaps in `words`. */
  of(words: Int32Array): Shape {
    const slot = hash(words);
    const known = this.table[slot];
    if (known !== undefined && sameWords(known.words, words)) return known;
    const fresh = this.make(words);
    this.table[slot] = fresh;
    return fresh;
  }

  private make(words: Int32Array): Shape {
    const des: number[] = [];
    const plans: FieldPlan[] = [];
    const slots = new Uint8Array(32 * words.length + 1).fill(ABSENT);
    let unknown = 0;
    for (let de = 1; de < slots.length && unknown === 0; de += 1) {
      if ((((words[(de - 1) >> 5] ?? 0) << ((de - 1) & 31)) & 0x80000000) === 0) continue;
      const plan = this.plans.get(de);
      if (plan === undefined) {
        unknown = de;
      } else {
        slots[de] = des.length;
        des.push(de);
        plans.push(plan);
      }
    }
    const { runs, runBytes } = runsOf(plans);
    const bytes = plans.map((plan) => plan.bytes);
    this.made += 1;
    return {
      words: Int32Array.from(words),
      des,
      plans,
      slots,
      runs,
      runBytes,
      bytes,
      id: this.made,
      unknown,
    };
  }
}

function runsOf(plans: readonly FieldPlan[]): { runs: number[]; runBytes: number[] } {
  const runs = plans.map(() => 0);
  const runBytes = plans.map(() => 0);
  let first = 0;
  plans.forEach((plan, index) => {
    if (!plan.plain || plan.prefixBytes > 0 || plan.nested !== undefined) return;
    const before = plans[index - 1];
    const joins =
      runs[first] !== 0 && first + (runs[first] ?? 0) === index && before?.content === plan.content;
    if (!joins) first = index;
    runs[first] = (runs[first] ?? 0) + 1;
    runBytes[first] = (runBytes[first] ?? 0) + plan.bytes;
  });
  return { runs, runBytes };
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

function hash(words: Int32Array): number {
  let mixed = 0;
  for (let i = 0; i < words.length; i += 1)
    mixed = Math.imul(mixed ^ (words[i] ?? 0), 0x9e3779b1) ^ (mixed >>> 13);
  return (mixed >>> 20) & (TABLE_SLOTS - 1);
}
