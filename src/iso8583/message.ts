/**
 * A parsed message: the frame, its shape, and where each field begins. Nothing is decoded before it is read.
 */
import { inspect } from 'node:util';
import { Iso8583Error } from './errors.js';
import { nestedProblem, readSubfield, readText, readValue } from './read.js';
import { fieldRows } from './rows.js';
import { ABSENT, type Shape } from './shape.js';
import type { FieldRow, FieldValue, Message } from './types.js';
import { View } from './view.js';

export class ParsedMessage extends View implements Message {
  readonly format: string;
  readonly shape: Shape;
  /** Offset of each field with its length prefix; one more entry for the end of the last. */
  readonly starts: readonly number[];
  readonly #mti: string;

  constructor(frame: Buffer, format: string, mti: string, shape: Shape, starts: readonly number[]) {
    super(frame);
    this.format = format;
    this.#mti = mti;
    this.shape = shape;
    this.starts = starts;
  }

  get mti(): string {
    return this.#mti;
  }

  has(de: number): boolean {
    return this.#slot(de) >= 0;
  }

  fields(): number[] {
    return this.shape.des.slice(0, this.starts.length - 1);
  }

  text(path: number | string): string | undefined {
    if (typeof path === 'string') return this.#textOf(path);
    const slot = this.#slot(path);
    if (slot < 0) return undefined;
    const plan = this.shape.plans[slot];
    if (plan === undefined) return undefined;
    return readText(plan, this, (this.starts[slot] ?? 0) + plan.prefixBytes, this.starts[slot + 1] ?? 0);
  }

  value(de: number): FieldValue | undefined {
    return this.#with(de, (plan, start, end) => readValue(plan, this, start, end));
  }

  raw(de: number): Buffer | undefined {
    return this.#with(de, (_plan, start, end) => this.frame.subarray(start, end));
  }

  offset(de: number): number | undefined {
    return this.#with(de, (_plan, start) => start);
  }

  problem(de: number): Iso8583Error | undefined {
    const problem = this.#with(de, (plan, start, end) => nestedProblem(plan, this, start, end));
    return problem instanceof Iso8583Error ? problem : undefined;
  }

  rows(clear: boolean): FieldRow[] {
    return this.fields().flatMap(
      (de) => this.#with(de, (plan, start, end) => fieldRows(plan, this, start, end, clear)) ?? [],
    );
  }

  toJSON(): { mti: string; fields: Record<string, string> } {
    const fields = Object.fromEntries(this.rows(false).map((row) => [row.path, row.value]));
    return { mti: this.mti, fields };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }

  #textOf(path: string): string | undefined {
    const dot = path.indexOf('.');
    if (dot < 0) return this.text(Number(path));
    return this.#with(Number(path.slice(0, dot)), (plan, start, end) =>
      readSubfield(plan, this, start, end, path.slice(dot + 1)),
    );
  }

  #slot(de: number): number {
    const slot = this.shape.slots[de];
    return slot === undefined || slot === ABSENT || slot >= this.starts.length - 1 ? -1 : slot;
  }

  #with<T>(de: number, read: (plan: Shape['plans'][number], start: number, end: number) => T): T | undefined {
    const slot = this.#slot(de);
    const plan = slot < 0 ? undefined : this.shape.plans[slot];
    if (plan === undefined) return undefined;
    return read(plan, (this.starts[slot] ?? 0) + plan.prefixBytes, this.starts[slot + 1] ?? 0);
  }
}
