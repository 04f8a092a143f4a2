/**
 * A parsed message: the frame, its shape, and where each field begins. Nothing is decoded before it is read.
 */
import { inspect } from 'node:util';
import { Iso8583Error } from './errors.js';
import { overwriteField } from './overwrite.js';
import type { FieldPlan } from './plan.js';
import { nestedProblem, readSubfield, readText, readValue } from './read.js';
import { fieldRows } from './rows.js';
import type { Shape } from './shape.js';
import type { FieldRow, FieldValue, Message } from './types.js';
import { View } from './view.js';

/** The codec that read a message, as far as the message needs it. */
export interface Reader {
  readonly name: string;
  headRows(message: Message, end: number): FieldRow[];
}

export class ParsedMessage extends View implements Message {
  constructor(
    frame: Buffer,
    readonly codec: Reader,
    readonly mti: string,
    readonly shape: Shape,
    /** Offsets from which the shape tells where each field is. */
    readonly anchors: readonly number[],
    /** Fields read; fewer than the shape has in a message that could be read in part only. */
    readonly count: number,
  ) {
    super(frame);
  }

  get format(): string {
    return this.codec.name;
  }

  /** The offset of the field of a slot, with its length prefix; the slot behind the last gives the end. */
  startOf(slot: number): number {
    const shape = this.shape;
    return (this.anchors[shape.anchorOf[slot] as number] as number) + (shape.distances[slot] as number);
  }

  has(de: number): boolean {
    const slot = this.shape.slots[de];
    return slot !== undefined && slot < this.count;
  }

  fields(): number[] {
    return this.shape.des.slice(0, this.count);
  }

  text(path: number | string): string | undefined {
    if (typeof path === 'string') return this.textOf(path);
    const slot = this.shape.slots[path];
    if (slot === undefined || slot >= this.count) return undefined;
    const plan = this.shape.plans[slot] as FieldPlan;
    const start = this.startOf(slot) + plan.prefixBytes;
    return readText(plan, this, start, plan.prefixBytes === 0 ? start + plan.bytes : this.startOf(slot + 1));
  }

  value(de: number): FieldValue | undefined {
    return this.with(de, (plan, start, end) => readValue(plan, this, start, end));
  }

  raw(de: number): Buffer | undefined {
    return this.with(de, (_plan, start, end) => this.frame.subarray(start, end));
  }

  offset(de: number): number | undefined {
    const slot = this.shape.slots[de];
    if (slot === undefined || slot >= this.count) return undefined;
    return this.startOf(slot) + (this.shape.plans[slot] as FieldPlan).prefixBytes;
  }

  end(de: number): number | undefined {
    const slot = this.shape.slots[de];
    return slot === undefined || slot >= this.count ? undefined : this.startOf(slot + 1);
  }

  over(frame: Buffer): Message {
    return new ParsedMessage(frame, this.codec, this.mti, this.shape, this.anchors, this.count);
  }

  problem(de: number): Iso8583Error | undefined {
    const problem = this.with(de, (plan, start, end) => nestedProblem(plan, this, start, end));
    return problem instanceof Iso8583Error ? problem : undefined;
  }

  rows(clear: boolean): FieldRow[] {
    const rows = this.codec.headRows(this, this.startOf(0));
    for (const de of this.fields()) {
      rows.push(...(this.with(de, (plan, start, end) => fieldRows(plan, this, start, end, clear)) ?? []));
    }
    return rows;
  }

  /** Overwrites what is sensitive in a copy of the frame. */
  overwrite(out: Buffer): void {
    for (const de of this.fields()) {
      this.with(de, (plan, start, end) => overwriteField(plan, this, start, end, out));
    }
  }

  toJSON(): { mti: string; fields: Record<string, string> } {
    const rows = this.rows(false).filter((row) => /^\d/.test(row.path));
    return { mti: this.mti, fields: Object.fromEntries(rows.map((row) => [row.path, row.value])) };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }

  private textOf(path: string): string | undefined {
    const dot = path.indexOf('.');
    if (dot < 0) return this.text(Number(path));
    return this.with(Number(path.slice(0, dot)), (plan, start, end) =>
      readSubfield(plan, this, start, end, path.slice(dot + 1)),
    );
  }

  private with<T>(de: number, read: (plan: FieldPlan, start: number, end: number) => T): T | undefined {
    const slot = this.shape.slots[de];
    if (slot === undefined || slot >= this.count) return undefined;
    const plan = this.shape.plans[slot] as FieldPlan;
    return read(plan, this.startOf(slot) + plan.prefixBytes, this.startOf(slot + 1));
  }
}
