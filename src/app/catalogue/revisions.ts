/**
 * Documents as the store's revisions. Storing one: portions first, each in a short commit of its own, so that sales
 * go on beside it; then the revision, in one commit.
 *
 * Stops before that commit: the last revision counts, and the portions staged so far wait for the next import of the
 * same. Stops after it: the new revision counts, at the next look of the switch or at its next start.
 */
import type { Catalogue } from '../../domain/catalogue.js';
import type { CatalogueRevision, RevisionResult, Store } from '../../store/store.js';
import { CatalogueAssembly } from './content.js';
import { canonical, digestOf, documentOfPortion, joined, portionsOf } from './portions.js';
import { CatalogueError } from './references.js';
import type { CatalogueDocument } from './schema.js';

export interface Author {
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The revision that must be the last one; undefined where any may be. */
  readonly expected?: number | undefined;
}

/** The document must have been checked. The same as the last revision makes no new one. */
export async function storeDocument(
  store: Store,
  document: CatalogueDocument,
  { by, at, expected }: Author,
): Promise<RevisionResult> {
  const whole = canonical(document);
  const digest = digestOf(whole);
  const last = await lastOf(store);
  const revision = last?.revision ?? 0;
  if (expected !== undefined && expected !== revision) return { kind: 'unexpected', revision };
  if (last?.digest === digest) return { kind: 'unchanged', revision };
  const portions: string[] = [];
  for (const portion of portionsOf(whole)) {
    await store.stagePortions([portion]);
    portions.push(portion.digest);
  }
  return store.addRevision({ digest, portions, by, at, expected });
}

export async function lastOf(store: Store): Promise<CatalogueRevision | undefined> {
  return (await store.revisions(0, 1))[0];
}

/** Portion by portion: each is parsed and added in a turn of its own. */
export async function loadCatalogue(store: Store, revision: number): Promise<Catalogue> {
  const assembly = new CatalogueAssembly();
  for await (const portion of portionsIn(store, revision)) assembly.add(portion);
  return assembly.build(revision);
}

/** The whole of a revision, as it was imported; 0 is empty. Throws CatalogueError where there is none of that number. */
export async function readDocument(store: Store, revision: number): Promise<CatalogueDocument> {
  const [found] = revision > 0 ? await store.revisions(revision, 1) : [];
  if (revision > 0 && found?.revision !== revision)
    throw new CatalogueError(`catalogue: there is no revision ${revision}`);
  const portions: CatalogueDocument[] = [];
  for await (const portion of portionsIn(store, revision)) portions.push(portion);
  return joined(portions);
}

async function* portionsIn(store: Store, revision: number): AsyncGenerator<CatalogueDocument> {
  for (let number = 0; ; number += 1) {
    const content = await store.cataloguePortion(revision, number);
    if (content === undefined) return;
    yield documentOfPortion(content);
  }
}
