/**
 * The way back from a decoded message's JSON to values that a codec writes. In the tree a tag that repeats has an
 * array of its values; JSON keeps no order of keys such as 82 and 9F26, so that `order` lists a field's tags where the
 * tree alone would put them otherwise.
 */
import { SafeError } from '../base/errors.js';
import { type Codec, type FieldRow, type FieldValue, Iso8583Error, type TlvEntry } from '../iso8583/index.js';
import type { FieldTree } from './fields.js';

/** Tags in wire order by the path of the field that holds them. */
export type TagOrder = { readonly [path: string]: readonly string[] };

/** A tree that no field can hold, or that holds what was masked. */
export class TreeError extends SafeError {
  override name = 'TreeError';
}

type Branch = { readonly [key: string]: FieldTree };

/** The order of tags wherever the tree does not tell it. */
export function tagOrder(rows: readonly FieldRow[], tree: Branch): TagOrder {
  const order: Record<string, string[]> = {};
  for (const { path } of rows) {
    const dot = path.lastIndexOf('.');
    if (dot < 0) continue;
    const field = path.slice(0, dot);
    const tags = order[field] ?? [];
    tags.push(path.slice(dot + 1));
    order[field] = tags;
  }
  return Object.fromEntries(
    Object.entries(order).filter(([path, tags]) => {
      const branch = branchAt(tree, path);
      return (
        branch !== undefined &&
        entriesOf(branch, [])
          .map(([tag]) => tag)
          .join() !== tags.join()
      );
    }),
  );
}

/** Values by data element. Throws TreeError with the path of what cannot be a value. */
export function treeFields(codec: Codec, tree: Branch, order: TagOrder): Record<number, FieldValue> {
  const fields: Record<number, FieldValue> = {};
  for (const [key, node] of Object.entries(tree)) {
    if (!/^\d{1,3}$/.test(key)) throw new TreeError(`fields.${key}: must be a data element number`);
    fields[Number(key)] = fieldValue(codec, key, node, order);
  }
  return fields;
}

function fieldValue(codec: Codec, path: string, node: FieldTree, order: TagOrder): FieldValue {
  if (typeof node === 'string') {
    if (codec.isSensitive(path) && /^(\d{6})?\*{4}(\d{4})?$/.test(node))
      throw new TreeError(`fields.${path}: is masked; decode with --clear`);
    return node;
  }
  if (typeof node !== 'object' || node === null || Array.isArray(node))
    throw new TreeError(`fields.${path}: must be text, or an object by subfield`);
  const value = (tag: string, sub: FieldTree): FieldValue => fieldValue(codec, `${path}.${tag}`, sub, order);
  if (!takesEntries(codec, path))
    return Object.fromEntries(Object.entries(node).map(([tag, sub]) => [tag, value(tag, sub)]));
  return entriesOf(node, order[path] ?? []).map(([tag, sub]): TlvEntry => [tag, value(tag, sub)]);
}

/**
 * One entry for each value: in the order given as far as it goes, then the first of every tag, the second of every
 * tag, and so on.
 */
function entriesOf(branch: Branch, order: readonly string[]): (readonly [string, FieldTree])[] {
  const left = new Map(
    Object.entries(branch).map(([tag, node]) => [tag, Array.isArray(node) ? [...node] : [node]]),
  );
  const entries: (readonly [string, FieldTree])[] = [];
  const take = (tag: string): void => {
    const next = left.get(tag)?.shift();
    if (next !== undefined) entries.push([tag, next]);
  };
  order.forEach(take);
  for (let before = -1; before < entries.length; ) {
    before = entries.length;
    [...left.keys()].forEach(take);
  }
  return entries;
}

function branchAt(tree: Branch, path: string): Branch | undefined {
  let node: FieldTree | undefined = tree;
  for (const key of path.split('.')) {
    if (typeof node !== 'object' || Array.isArray(node)) return undefined;
    node = node[key];
  }
  return typeof node === 'object' && !Array.isArray(node) ? node : undefined;
}

/** Whether the field holds tags with values rather than parts: then an empty list can be written. */
function takesEntries(codec: Codec, path: string): boolean {
  const [de = '', ...subs] = path.split('.');
  const value = subs.reduceRight<FieldValue>((inner, sub) => ({ [sub]: inner }), []);
  try {
    codec.build('0200', { [Number(de)]: value });
    return true;
  } catch (error) {
    if (error instanceof Iso8583Error) return false;
    throw error;
  }
}
