/**
 * Two messages of one format, field by field: what only one has, and what both have with other values. Subfields are
 * compared one by one where both sides have them, a tag's second occurrence with the second.
 */
import type { Codec, FieldRow, Message } from '../../iso8583/index.js';

/** For a sensitive value whose mask the format does not tell by this path. */
const HIDDEN = '****';

export interface FieldDifference {
  /** '4', '48.PR', '63.RL#2' for the second of that tag; 'mti'. */
  readonly path: string;
  readonly name: string;
  /** In clear: `masked` before it is shown. Undefined where that side has none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly sensitive: boolean;
}

/** `ignored` paths and all below them are left out; `63.RL` stands for every one of that tag. */
export function differences(
  codec: Codec,
  before: Message,
  after: Message,
  ignored: ReadonlySet<string> = new Set(),
): FieldDifference[] {
  const one = leaves(codec, before);
  const other = leaves(codec, after);
  const found: FieldDifference[] = [];
  for (const path of new Set([...one.keys(), ...other.keys()])) {
    const left = one.get(path);
    const right = other.get(path);
    if (left?.value === right?.value || isIgnored(path, ignored)) continue;
    const { name, sensitive } = (left ?? right) as FieldRow;
    found.push({ path, name, before: left?.value, after: right?.value, sensitive });
  }
  return found.sort((a, b) => dataElement(a.path) - dataElement(b.path));
}

/** The difference as it may be shown. */
export function masked(codec: Codec, difference: FieldDifference): FieldDifference {
  const { sensitive, before, after } = difference;
  if (!sensitive) return difference;
  const path = withoutOccurrence(difference.path);
  const shown = (text: string | undefined) => {
    if (text === undefined) return undefined;
    return codec.isSensitive(path) ? codec.mask(path, text) : HIDDEN;
  };
  return { ...difference, before: shown(before), after: shown(after) };
}

/** The path of the tag, whichever occurrence it is. */
export function withoutOccurrence(path: string): string {
  return path.replace(/#\d+$/, '');
}

/** Fields without subfields, and subfields, by path. */
function leaves(codec: Codec, message: Message): Map<string, FieldRow> {
  const rows = codec.describe(message, { clear: true });
  const found = new Map<string, FieldRow>();
  rows.forEach((row, at) => {
    if (row.path === 'bitmap' || rows[at + 1]?.path.startsWith(`${row.path}.`)) return;
    let path = row.path;
    for (let nth = 2; found.has(path); nth += 1) path = `${row.path}#${nth}`;
    found.set(path, row);
  });
  return found;
}

/** 0 for the message type, which stands before all fields. */
function dataElement(path: string): number {
  return path === 'mti' ? 0 : Number.parseInt(path, 10);
}

function isIgnored(path: string, ignored: ReadonlySet<string>): boolean {
  if (ignored.size === 0) return false;
  let part = withoutOccurrence(path);
  for (;;) {
    if (ignored.has(part)) return true;
    const dot = part.lastIndexOf('.');
    if (dot < 0) return false;
    part = part.slice(0, dot);
  }
}
