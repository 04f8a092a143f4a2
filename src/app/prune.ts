/**
 * Retention: transactions that ended before a moment go into files of compressed JSON lines by day, and then out of the
 * journal, while sales go on. A file is on disk under its name, and read back, before the first of its rows goes; exactly
 * those that it holds go.
 *
 * Stops before a file has its name: nothing has happened. Stops before it is entered: it is written again, the same. Stops
 * later: the next call takes out what is left of it first.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { dateAt } from '../base/dates.js';
import { replaceDurably } from '../base/durable.js';
import { SafeError } from '../base/errors.js';
import { makeFolder } from '../base/folder.js';
import type { Archivable, Archive, Store } from '../store/store.js';

export const PRUNE_LIMITS = {
  /** Days that are kept at least: repeats, late reversals and limits by month ask for them. */
  keepMinDays: 35,
  /** Transactions in one file, besides the items of batches. */
  fileMax: 20_000,
  /** Transactions that one read takes. */
  readMax: 1_000,
  /** Transactions that one commit takes out: a few milliseconds, for which sales wait. */
  commitMax: 250,
} as const;

export interface PruneOptions {
  readonly store: Store;
  /** For the files; made where it is missing. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly before: number;
  readonly progress: (done: number, total: number, file: string) => void;
}

export interface Pruned {
  readonly files: readonly string[];
  /** Rows that left the journal. */
  readonly rows: number;
  /** Of the files, compressed. */
  readonly bytes: number;
}

/** Throws SafeError where a file is not what the books say of it. */
export async function pruneJournal({ store, folder, before, progress }: PruneOptions): Promise<Pruned> {
  makeFolder(folder, 0o700);
  const files: string[] = [];
  let rows = 0;
  let bytes = 0;
  for (const archive of await store.archives()) {
    if (archive.isDone) continue;
    const content = verified(folder, archive);
    rows += await takeOut(store, archive.name, idsIn(content), before);
    files.push(archive.name);
  }
  await store.tallyUp();
  const { last } = await store.span(0, before);
  for await (const found of byDay(store, last, before)) {
    const archive = writeFile(folder, found);
    await store.beginArchive(archive);
    bytes += archive.bytes;
    verified(folder, archive);
    const ids = found.map(({ id }) => id);
    rows += await takeOut(store, archive.name, ids, before);
    files.push(archive.name);
    progress(Math.min(last, ids.at(-1) ?? 0), last, archive.name);
  }
  let swept = 0;
  do swept = await store.sweepArchived(swept, before);
  while (swept !== 0);
  return { files, rows, bytes };
}

/** What one file holds: of one day, at most `fileMax`. */
async function* byDay(store: Store, last: number, before: number): AsyncGenerator<Archivable[]> {
  let gathered: Archivable[] = [];
  for (let after = 0; after < last; ) {
    const { next, found } = await store.archivable({ before, after, last, limit: PRUNE_LIMITS.readMax });
    for (const one of found) {
      const [first] = gathered;
      const isFull = gathered.length >= PRUNE_LIMITS.fileMax;
      if (first && (isFull || dayOf(first) !== dayOf(one))) {
        yield gathered;
        gathered = [];
      }
      gathered.push(one);
    }
    after = next;
  }
  if (gathered.length > 0) yield gathered;
}

function dayOf({ receivedAt }: Archivable): string {
  return dateAt(receivedAt, 0);
}

type NewArchive = Pick<Archive, 'name' | 'day' | 'sha256' | 'rows'>;

function writeFile(folder: string, found: readonly Archivable[]): NewArchive & { readonly bytes: number } {
  const [first] = found;
  if (!first) throw new Error('nothing to archive');
  const day = dayOf(first);
  const lines = found.flatMap((one) => one.lines);
  const content = gzipSync(`${lines.join('\n')}\n`);
  const name = `journal-${day}-${first.id}.jsonl.gz`;
  replaceDurably(join(folder, name), content);
  return { name, day, sha256: sha256Of(content), rows: lines.length, bytes: content.length };
}

/** Its lines, read back from disk. */
function verified(folder: string, { name, sha256, rows }: NewArchive): readonly string[] {
  let content: Buffer;
  try {
    content = readFileSync(join(folder, name));
  } catch {
    throw new SafeError(`${name}: not to be read in the archive folder; its rows are in the journal yet`);
  }
  const lines =
    sha256Of(content) === sha256 ? gunzipSync(content).toString('utf8').trimEnd().split('\n') : [];
  if (lines.length !== rows)
    throw new SafeError(`${name}: not as it was written; nothing more was taken out`);
  return lines;
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Of transactions and batches; items go with theirs. */
function idsIn(lines: readonly string[]): number[] {
  return lines
    .map((line) => JSON.parse(line) as { id: number; batch_id: number })
    .filter((row) => row.batch_id === 0)
    .map((row) => row.id);
}

async function takeOut(store: Store, name: string, ids: readonly number[], before: number): Promise<number> {
  let rows = 0;
  for (let at = 0; at < ids.length; at += PRUNE_LIMITS.commitMax)
    rows += await store.removeArchived(name, ids.slice(at, at + PRUNE_LIMITS.commitMax), before);
  await store.endArchive(name);
  return rows;
}
