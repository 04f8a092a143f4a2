/**
 * A document in portions, and back. A portion is a document of its own that holds some items of one part, as JSON:
 * small enough to be parsed, checked and built in between without holding up sales. The same document always gives
 * the same portions and the same digest, however its file was laid out. Parts are lists, or records of entries.
 */
import { createHash } from 'node:crypto';
import type { CataloguePortion } from '../../store/store.js';
import { accountsIn } from './references.js';
import { type CatalogueDocument, catalogueSchema } from './schema.js';

/** A portion ends with the item that takes it over so many characters; one item may be longer by itself. */
const PORTION_CHARS = 65_536;
/** Accounts in one portion. */
const ACCOUNTS_MAX = 4_096;

/** The one way to write it: accounts parted by single spaces, providers without any left out. */
export function canonical(document: CatalogueDocument): CatalogueDocument {
  const accounts = Object.entries(document.accounts).flatMap(([provider, text]): [string, string][] => {
    const list = accountsIn(text);
    return list.length > 0 ? [[provider, list.join(' ')]] : [];
  });
  return { ...document, accounts: Object.fromEntries(accounts) };
}

/** Of a canonical document. */
export function digestOf(document: CatalogueDocument): string {
  return sha256(JSON.stringify(document));
}

/** Of a canonical document. Receipts come before the products that name them. */
export function* portionsOf({ receipts, ...parts }: CatalogueDocument): Generator<CataloguePortion> {
  yield* slices('receipts', receipts);
  for (const [part, value] of Object.entries(parts)) yield* slices(part, value);
}

function* slices(part: string, value: object): Generator<CataloguePortion> {
  const isList = Array.isArray(value);
  let items: [string, unknown][] = [];
  let length = 0;
  const flush = (): CataloguePortion => {
    const content = isList ? items.map(([, item]) => item) : Object.fromEntries(items);
    items = [];
    length = 0;
    const text = JSON.stringify({ [part]: content });
    return { digest: sha256(text), content: text };
  };
  for (const [key, item] of part === 'accounts' ? accountEntries(value) : Object.entries(value)) {
    items.push([key, item]);
    length += JSON.stringify(item).length;
    if (length >= PORTION_CHARS || part === 'accounts') yield flush();
  }
  if (items.length > 0) yield flush();
}

/** A provider may have a million accounts: its entry is cut into several. */
function* accountEntries(accounts: object): Generator<[string, string]> {
  for (const [provider, text] of Object.entries(accounts)) {
    const list = accountsIn(text);
    for (let at = 0; at < list.length; at += ACCOUNTS_MAX) {
      yield [provider, list.slice(at, at + ACCOUNTS_MAX).join(' ')];
    }
  }
}

/** A portion as a document that has nothing else. It was checked when it was stored; defaults are filled in again. */
export function documentOfPortion(content: string): CatalogueDocument {
  return catalogueSchema.parse(JSON.parse(content));
}

/** All portions of a document, in one. */
export function joined(portions: Iterable<CatalogueDocument>): CatalogueDocument {
  const whole: Record<string, unknown> = {};
  for (const portion of portions) {
    for (const [part, value] of Object.entries(portion)) {
      const before = whole[part];
      if (Array.isArray(before) && Array.isArray(value)) for (const item of value) before.push(item);
      else if (before === undefined) whole[part] = Array.isArray(value) ? [...value] : { ...value };
      else
        for (const [key, item] of Object.entries(value))
          addEntry(before as Record<string, unknown>, key, item);
    }
  }
  return canonical(catalogueSchema.parse(whole));
}

function addEntry(record: Record<string, unknown>, key: string, item: unknown): void {
  const before = record[key];
  record[key] = typeof before === 'string' && typeof item === 'string' ? `${before} ${item}` : item;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
