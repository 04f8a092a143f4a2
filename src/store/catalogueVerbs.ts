/**
 * The catalogue's revisions, numbered 1, 2, 3 … A document is kept in portions, each under the digest of its content,
 * so that a revision costs what it changes. Portions are staged first, in commits of their own; they mean nothing
 * until a revision lists them, which is one small commit: before it the last revision counts, after it the new one,
 * whole. What an import that was cut short had staged is used by the next import of the same.
 */

export interface CataloguePortion {
  /** SHA-256 of the content, hexadecimal. */
  readonly digest: string;
  readonly content: string;
}

export interface NewRevision {
  /** Names the whole document: where the last revision has the same, there is no new one. */
  readonly digest: string;
  /** Digests of the portions, in the document's order; all must have been staged. */
  readonly portions: readonly string[];
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The revision that must be the last one, 0 for none; undefined where any may be. */
  readonly expected: number | undefined;
}

export type RevisionResult =
  | { readonly kind: 'stored'; readonly revision: number }
  /** The last revision is the same document: nothing changed. */
  | { readonly kind: 'unchanged'; readonly revision: number }
  /** The last revision is this one, not the expected one: nothing changed. */
  | { readonly kind: 'unexpected'; readonly revision: number };

export interface CatalogueRevision {
  readonly revision: number;
  readonly digest: string;
  readonly by: string;
  readonly at: number;
  /** How many portions it has. */
  readonly portions: number;
}

export interface CatalogueVerbs {
  /** Keeps portions that may be known already: a few at a time, so that sales go on beside it. */
  stagePortions(portions: readonly CataloguePortion[]): Promise<void>;
  /** Of these digests, those that are not staged and in no revision, in their order. */
  portionsLacking(digests: readonly string[]): Promise<readonly string[]>;
  addRevision(revision: NewRevision): Promise<RevisionResult>;
  /** The last one's number; 0 where there is none. Cheap: asked all the time. */
  lastRevision(): Promise<number>;
  /** From `from` downwards (0: from the last one), latest first. */
  revisions(from: number, limit: number): Promise<readonly CatalogueRevision[]>;
  /** Content of one portion, counted from 0; undefined where there is none. */
  cataloguePortion(revision: number, number: number): Promise<string | undefined>;
  /** Digests of a revision's portions, in the document's order; none where there is no such revision. */
  portionDigests(revision: number): Promise<readonly string[]>;
  /** Content by its digest, whether or not a revision lists it. */
  portion(digest: string): Promise<string | undefined>;
}
