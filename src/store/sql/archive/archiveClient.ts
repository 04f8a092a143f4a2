/** The verbs of archives on the calling side. */
import type { Archive, ArchivePortion, ArchiveQuery, ArchiveVerbs } from '../../archiveVerbs.js';
import { count, nothing, whole } from '../crossing/caller.js';
import { ExportStore } from '../exports/exportClient.js';

export class ArchiveStore extends ExportStore implements ArchiveVerbs {
  archivable(query: ArchiveQuery): Promise<ArchivePortion> {
    return this.read('archivable', (out) => out.push(query), whole<ArchivePortion>);
  }

  archives(): Promise<readonly Archive[]> {
    return this.read('archives', nothing, whole<Archive[]>);
  }

  beginArchive({
    name,
    day,
    sha256,
    rows,
  }: Pick<Archive, 'name' | 'day' | 'sha256' | 'rows'>): Promise<void> {
    return this.write('beginArchive', (out) => out.push(name, day, sha256, rows, this.clock.now()), nothing);
  }

  removeArchived(name: string, ids: readonly number[], before: number): Promise<number> {
    const weight = Math.max(1, ids.length);
    return this.write('removeArchived', (out) => out.push(name, JSON.stringify(ids), before), count, weight);
  }

  endArchive(name: string): Promise<void> {
    return this.write('endArchive', (out) => out.push(name), nothing);
  }

  sweepArchived(after: number, before: number): Promise<number> {
    return this.write('sweepArchived', (out) => out.push(after, before), count, this.limits.batchMax);
  }
}
