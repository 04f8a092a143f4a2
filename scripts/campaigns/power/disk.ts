/** What a disk holds below the root while a trace goes by, and what a power cut leaves of it: by the path of each file. */
import type { Chance } from '../../../src/base/chance.js';
import { DiskFile, type Survival } from './file.js';
import { DiskFolder, type Entry } from './folder.js';
import type { TraceRecord } from './trace.js';

export type Files = ReadonlyMap<string, Buffer>;

/** How a record says that a file was opened. */
const MADE = 1;

export class Disk {
  readonly #root = new DiskFolder();
  readonly #byInode = new Map<bigint, Entry>();
  /** Syncs under way, by their numbers: at which point they began. */
  readonly #syncs = new Map<number, number>();
  readonly #liesOf: string | undefined;
  #sequence = 0;

  /** `liesOf`: path of a file whose syncs it answers and does not do. */
  constructor(base: Files, liesOf?: string) {
    this.#liesOf = liesOf;
    for (const [path, content] of base) {
      const { folder, name } = this.#place(path, (above, missing) => above.found(missing, new DiskFolder()));
      folder.found(name, new DiskFile(content));
    }
  }

  /** One more record has gone by. */
  follow(record: TraceRecord): void {
    const { type, inode, offset, bytes } = record;
    this.#sequence += 1;
    const its = this.#byInode.get(inode);
    if (type === 'b') this.#syncs.set(offset, this.#sequence);
    else if (type === 'e') this.#ended(its, offset);
    else if (type === 'w' || type === 't') (its as DiskFile).change(record, this.#sequence);
    else if (type === 'o') this.#opened(bytes.toString(), inode, offset === MADE);
    else this.#named(type, bytes.toString().split('\0'));
  }

  #ended(its: Entry | undefined, number: number): void {
    const begun = this.#syncs.get(number) ?? 0;
    this.#syncs.delete(number);
    if (its && its !== this.#at(this.#liesOf)) its.synced(begun);
  }

  #opened(path: string, inode: bigint, isMade: boolean): void {
    if (isMade) this.#put(path, new DiskFile());
    const entry = path === '' ? this.#root : this.#at(path);
    if (!entry) throw new Error(`the trace opens ${path}, which it never made`);
    this.#byInode.set(inode, entry);
  }

  #named(type: string, [path = '', to = '']: readonly string[]): void {
    const entry = type === 'm' ? new DiskFolder() : this.#at(path);
    if (!entry) throw new Error(`the trace names ${path}, which it never made`);
    if (type === 'm') this.#put(path, entry);
    else if (type === 'l') this.#put(to, entry);
    else this.#moved(entry, path, type === 'r' ? to : undefined);
  }

  /** `to`: undefined where it is taken away. */
  #moved(entry: Entry, path: string, to: string | undefined): void {
    const { folder, name } = this.#place(path);
    const target = to === undefined ? undefined : this.#place(to);
    if (target && target.folder !== folder) throw new Error('a rename from folder to folder is not modelled');
    folder.change((entries) => {
      entries.delete(name);
      if (target) entries.set(target.name, entry);
    }, this.#sequence);
  }

  #put(path: string, entry: Entry): void {
    const { folder, name } = this.#place(path);
    folder.change((entries) => void entries.set(name, entry), this.#sequence);
  }

  #at(path: string | undefined): Entry | undefined {
    if (path === undefined) return undefined;
    const { folder, name } = this.#place(path);
    return folder.entries.get(name);
  }

  /** The folder that a path's last name stands in. */
  #place(
    path: string,
    onMissing: (above: DiskFolder, name: string) => void = () => {},
  ): { folder: DiskFolder; name: string } {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let folder = this.#root;
    for (const step of names) {
      if (!folder.entries.has(step)) onMissing(folder, step);
      const next = folder.entries.get(step);
      if (!(next instanceof DiskFolder))
        throw new Error(`the trace names ${path}, whose folder it never made`);
      folder = next;
    }
    return { folder, name };
  }

  /** The files after a power cut now. */
  cut(survival: Survival, chance: Chance): Map<string, Buffer> {
    const left = new Map<string, Buffer>();
    const walk = (folder: DiskFolder, above: string): void => {
      for (const [name, entry] of folder.left(survival, chance)) {
        if (entry instanceof DiskFolder) walk(entry, `${above}${name}/`);
        else left.set(`${above}${name}`, entry.left(survival, chance));
      }
    };
    walk(this.#root, '');
    return left;
  }

  /** Changes that a cut now may take. */
  get unsynced(): number {
    const count = (entry: Entry): number =>
      entry instanceof DiskFolder
        ? [...entry.entries.values()].reduce((sum, one) => sum + count(one), entry.unsynced)
        : entry.unsynced;
    return count(this.#root);
  }
}
