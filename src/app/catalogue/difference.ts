/**
 * What differs between two documents, by part and code. Accounts are customers' and are not told: only how many came
 * and went. The order of a list counts (what is listed first is offered first), and is told as a difference of its own.
 */
import { type Commission, subjectOf } from '../../domain/commission.js';
import { accountsIn } from './references.js';
import type { CatalogueDocument } from './schema.js';

export interface MemberChange {
  readonly member: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed' | 'reordered';
  readonly part: string;
  /** Of what differs; '' where the whole part does. */
  readonly code: string;
  /** Of one that changed. */
  readonly members: readonly MemberChange[];
}

/** From one document to another, both canonical. Empty where they are the same. */
export function differences(from: CatalogueDocument, to: CatalogueDocument): Difference[] {
  const before: Readonly<Record<string, object>> = from;
  const after: Readonly<Record<string, object>> = to;
  return Object.keys(after).flatMap((part) =>
    part === 'accounts'
      ? differentAccounts(from.accounts, to.accounts)
      : differentItems(part, before[part] ?? {}, after[part] ?? {}),
  );
}

function differentItems(part: string, from: object, to: object): Difference[] {
  const before = byCode(from);
  const after = byCode(to);
  const found: Difference[] = [];
  for (const [code, item] of before) {
    const other = after.get(code);
    if (other === undefined) found.push({ kind: 'removed', part, code, members: [] });
    else if (!isSame(item, other)) {
      found.push({ kind: 'changed', part, code, members: differentMembers(item, other) });
    }
  }
  for (const code of after.keys()) {
    if (!before.has(code)) found.push({ kind: 'added', part, code, members: [] });
  }
  const kept = [...before.keys()].filter((code) => after.has(code));
  const keptAfter = [...after.keys()].filter((code) => before.has(code));
  if (Array.isArray(to) && !isSame(kept, keptAfter)) {
    found.push({ kind: 'reordered', part, code: '', members: [] });
  }
  return found;
}

/** The items of a part by what they are called. */
function byCode(part: object): ReadonlyMap<string, unknown> {
  const entries = Array.isArray(part)
    ? part.map((item, at): [string, unknown] => [codeOf(item) ?? String(at), item])
    : Object.entries(part);
  return new Map(entries);
}

/** What an item of a list is called by. */
export function codeOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { code, id, name } = item as Readonly<Record<string, unknown>>;
  const called = [code, id, name].find((one) => typeof one === 'string') as string | undefined;
  return called ?? ('basisPoints' in item ? subjectOf(item as Commission).trim() : undefined);
}

function differentMembers(from: unknown, to: unknown): MemberChange[] {
  if (!isPlain(from) || !isPlain(to)) return [{ member: '', from, to }];
  const members = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...members]
    .filter((member) => !isSame(from[member], to[member]))
    .map((member) => ({ member, from: from[member], to: to[member] }));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

type Accounts = CatalogueDocument['accounts'];

function differentAccounts(from: Accounts, to: Accounts): Difference[] {
  const part = 'accounts';
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((code): Difference[] => {
    const before = new Set(accountsIn(from[code] ?? ''));
    const after = new Set(accountsIn(to[code] ?? ''));
    const removed = [...before].filter((account) => !after.has(account)).length;
    const added = [...after].filter((account) => !before.has(account)).length;
    if (removed + added === 0) return [];
    const members = [{ member: 'accounts', from: before.size, to: after.size }];
    if (before.size === 0) return [{ kind: 'added', part, code, members }];
    return [{ kind: after.size === 0 ? 'removed' : 'changed', part, code, members }];
  });
}
