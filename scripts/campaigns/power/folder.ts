/**
 * One folder on a disk: names are there once the folder was synced. What became of them since then a power cut leaves up to
 * some point: a file system keeps the changes of one folder in order, and may have written down any number of them.
 */
import type { Chance } from '../../../src/base/chance.js';
import type { DiskFile, Survival } from './file.js';

export type Entry = DiskFile | DiskFolder;
type Entries = Map<string, Entry>;
type Change = (entries: Entries) => void;

export class DiskFolder {
  /** As a program sees them, cut or not. */
  readonly entries: Entries = new Map();
  readonly #synced: Entries = new Map();
  #pending: { readonly change: Change; readonly sequence: number }[] = [];

  /** Was there before the first record. */
  found(name: string, entry: Entry): void {
    this.entries.set(name, entry);
    this.#synced.set(name, entry);
  }

  change(change: Change, sequence: number): void {
    change(this.entries);
    this.#pending.push({ change, sequence });
  }

  synced(begun: number): void {
    for (const { change, sequence } of this.#pending) if (sequence < begun) change(this.#synced);
    this.#pending = this.#pending.filter(({ sequence }) => sequence >= begun);
  }

  get unsynced(): number {
    return this.#pending.length;
  }

  left(survival: Survival, chance: Chance): ReadonlyMap<string, Entry> {
    const count = this.#pending.length;
    const kept = survival === 'nothing' ? 0 : survival === 'all' ? count : chance.next() * (count + 1);
    const entries = new Map(this.#synced);
    for (const { change } of this.#pending.slice(0, Math.floor(kept))) change(entries);
    return entries;
  }
}
