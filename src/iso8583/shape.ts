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

/** Neighbouring fields that one check does for. */
export interface Segment {
  readonly slot: number;
  /** Fields; 1 unless the segment is a run. */
  readonly fields: number;
  /** Bytes of a run. */
  readonly bytes: number;
  /** 'digits', 'anything': a run of fixed ASCII digits, of fixed text; 'field': one field to be scanned. */
  readonly check: 'digits' | 'anything' | 'field';
  /** The anchor that the end of the segment sets; 0 when it sets none. */
  readonly anchor: number;
}

export interface Shape {
  /** The bitmaps' words, see head.ts. */
  readonly words: Int32Array;
  /** Data elements, ascending, up to the first that the format does not define. */
  readonly des: readonly number[];
  readonly plans: readonly FieldPlan[];
  /** Index into `des` by data element number. */
  readonly slots: Uint8Array;
  /** What to check in turn when a frame of this shape is read. */
  readonly segments: readonly Segment[];
  /**
   * A field begins at a constant distance from an anchor: the end of the bitmaps or of a field of variable length
   * before it. By slot, and one more for the end of the last field: which anchor, and the distance in bytes.
   */
  readonly anchorOf: readonly number[];
  readonly distances: readonly number[];
  /** Anchors of a message. */
  readonly anchors: number;
  /** Unlike that of any other shape of the format. */
  readonly id: number;
  /** The first data element that the format does not define; 0 when there is none. */
  readonly unknown: number;
}

export class ShapeTable {
  private readonly plans: ReadonlyMap<number, FieldPlan>;
  private made = 0;
  /** Most messages of a link have the shape of the one before. */
  private last: Shape | undefined;
  private readonly table: (Shape | undefined)[] = new Array(TABLE_SLOTS).fill(undefined);

  constructor(plans: ReadonlyMap<number, FieldPlan>) {
    this.plans = plans;
  }

  /** The shape of the bitmaps in `words`. */
  of(words: Int32Array): Shape {
    if (this.last !== undefined && sameWords(this.last.words, words)) return this.last;
    this.last = this.lookUp(words);
    return this.last;
  }

  private lookUp(words: Int32Array): Shape {
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
    const segments = segmentsOf(plans);
    const { anchorOf, distances } = placesOf(plans);
    const anchors = (anchorOf.at(-1) ?? 0) + 1;
    this.made += 1;
    return {
      words: Int32Array.from(words),
      des,
      plans,
      slots,
      segments,
      anchorOf,
      distances,
      anchors,
      id: this.made,
      unknown,
    };
  }
}

function segmentsOf(plans: readonly FieldPlan[]): Segment[] {
  const segments: Segment[] = [];
  let anchor = 0;
  plans.forEach((plan, slot) => {
    const check = checkOf(plan);
    const last = segments.at(-1);
    if (plan.prefixBytes > 0) anchor += 1;
    if (last !== undefined && last.check === check && check !== 'field') {
      segments[segments.length - 1] = { ...last, fields: last.fields + 1, bytes: last.bytes + plan.bytes };
    } else {
      const { bytes } = plan;
      segments.push({ slot, fields: 1, bytes, check, anchor: plan.prefixBytes > 0 ? anchor : 0 });
    }
  });
  return segments;
}

function checkOf(plan: FieldPlan): Segment['check'] {
  if (!plan.plain || plan.prefixBytes > 0 || plan.nested !== undefined) return 'field';
  return plan.content === 'text' ? 'anything' : 'digits';
}

function placesOf(plans: readonly FieldPlan[]): { anchorOf: number[]; distances: number[] } {
  const anchorOf = [0];
  const distances = [0];
  let anchor = 0;
  let distance = 0;
  for (const plan of plans) {
    if (plan.prefixBytes > 0) {
      anchor += 1;
      distance = 0;
    } else {
      distance += plan.bytes;
    }
    anchorOf.push(anchor);
    distances.push(distance);
  }
  return { anchorOf, distances };
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

function hash(words: Int32Array): number {
  let mixed = 0;
  for (let i = 0; i < words.length; i += 1)
    mixed = Math.imul(mixed ^ (words[i] as number), 0x9e3779b1) ^ (mixed >>> 13);
  return (mixed >>> 20) & (TABLE_SLOTS - 1);
}
