/**
 * A message's rows for people and for scripts: an aligned table, or a tree. In the tree a field without subfields
 * is its text; one with subfields is an object by tag or part; a tag that repeats has an array of its values, in
 * wire order. Masked rows stay masked in both.
 */
import type { FieldRow } from '../iso8583/index.js';

export type FieldTree = string | FieldTree[] | { [key: string]: FieldTree };

/** The fields of a message as a tree; the rows of MTI and bitmap are left out. */
export function fieldTree(rows: readonly FieldRow[]): Record<string, FieldTree> {
  const fields = rows.filter(({ path }) => path !== 'mti' && path !== 'bitmap');
  return branch(fields, 0, '').tree;
}

function branch(
  rows: readonly FieldRow[],
  from: number,
  prefix: string,
): { tree: Record<string, FieldTree>; next: number } {
  const tree: Record<string, FieldTree> = {};
  const repeated = new Set<string>();
  let at = from;
  for (let row = rows[at]; row?.path.startsWith(prefix); row = rows[at]) {
    const inner = branch(rows, at + 1, `${row.path}.`);
    const value = inner.next > at + 1 ? inner.tree : row.value;
    at = inner.next;
    const key = row.path.slice(prefix.length);
    const before = tree[key];
    if (before === undefined) tree[key] = value;
    else if (repeated.has(key) && Array.isArray(before)) before.push(value);
    else {
      tree[key] = [before, value];
      repeated.add(key);
    }
  }
  return { tree, next: at };
}

/** A row; with its bytes and its meaning where they are to be shown. */
type ShownRow = FieldRow & { readonly raw?: string | undefined; readonly meaning?: string | undefined };

/** Bytes of a field that a table shows; JSON has them all. */
const RAW_SHOWN_BYTES = 8;

/** Offset, length, path, name and value of each row, subfields set in; bytes and meaning where the rows have them. */
export function fieldTable(rows: readonly ShownRow[]): string {
  const bytes = rows.some(({ raw }) => raw !== undefined);
  const cells = rows.map((row) => [
    String(row.offset),
    String(row.length),
    ...(bytes ? [shortened(row.raw)] : []),
    visible(row.path.includes('.') ? `  ${row.path}` : row.path),
    row.name,
    row.meaning === undefined ? visible(row.value) : `${visible(row.value)} = ${row.meaning}`,
  ]);
  const heads = ['offset', 'length', ...(bytes ? ['bytes'] : []), 'field', 'name', 'value'];
  return table([heads, ...cells], 2);
}

function shortened(raw = '****'): string {
  return raw.length > 2 * RAW_SHOWN_BYTES ? `${raw.slice(0, 2 * RAW_SHOWN_BYTES)}...` : raw;
}

/** Columns aligned; the first `numbers` of them to the right. */
export function table(rows: readonly (readonly string[])[], numbers: number): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (column < numbers) return cell.padStart(width);
        return column === row.length - 1 ? cell : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** Control characters would let a message write to the terminal that shows it. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
