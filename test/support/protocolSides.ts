/** The sides of protocol.ts: each with its folder, its store and a connection that only reads; and what is between them. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type {
  Contact,
  HubContact,
  HubContactResult,
  Incoming,
  Recall,
  Store,
} from '../../src/store/store.js';

export type Step =
  | { readonly do: 'takeIn'; readonly count: number }
  | { readonly do: 'give' | 'recall'; readonly who: number; readonly count: number }
  | { readonly do: 'fetch' | 'sell'; readonly who: number }
  | { readonly do: 'contact'; readonly who: number; readonly limit: number }
  /** The same, and nothing of it is lost. */
  | { readonly do: 'bring'; readonly who: number }
  | { readonly do: 'call'; readonly who: number; readonly limit: number }
  /** The message so many before the last one; it may come again. */
  | { readonly do: 'deliver'; readonly back: number }
  | { readonly do: 'reverse'; readonly nth: number }
  | { readonly do: 'decide'; readonly who: number; readonly to: string }
  /** A store is closed and opened again; the hub's, where there is no such switch. */
  | { readonly do: 'reopen'; readonly who: number };

export type Message =
  | { readonly kind: 'parcel'; readonly to: Member; readonly incoming: Incoming }
  | { readonly kind: 'recall'; readonly to: Member; readonly recall: Recall }
  | { readonly kind: 'contact'; readonly from: Member; readonly life: number; readonly told: HubContact }
  | {
      readonly kind: 'answer';
      readonly to: Member;
      readonly life: number;
      readonly request: HubContact;
      readonly result: HubContactResult;
    };

export interface Row {
  readonly mark: string;
  readonly custody: string;
  readonly holder: number;
}

/** One side: its folder, its store, and a connection that only reads. */
export class Side {
  readonly folder: string;
  store!: Store;
  #reader!: Database.Database;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  async open(): Promise<void> {
    const file = join(this.folder, 'switch.db');
    this.store = await openSqliteStore({ file, clock: systemClock });
    this.#reader = new Database(file, { readonly: true });
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.store.shutdown();
  }

  /** Of its books as they stand. */
  async copy(): Promise<string> {
    const to = join(this.folder, 'copy.db');
    rmSync(to, { force: true });
    await this.#reader.backup(to);
    return to;
  }

  async putBack(copy: string): Promise<void> {
    await this.close();
    for (const end of ['', '-wal', '-shm'])
      rmSync(`${join(this.folder, 'switch.db')}${end}`, { force: true });
    cpSync(copy, join(this.folder, 'switch.db'));
    await this.open();
  }

  rows(product: string): Row[] {
    return this.#reader
      .prepare<[string], Row>('SELECT mark, custody, holder FROM pin WHERE product = ?')
      .all(product);
  }

  get isStopped(): boolean {
    return this.#reader.prepare("SELECT 1 FROM membership WHERE stopped <> ''").get() !== undefined;
  }
}

export class Member extends Side {
  readonly name: string;
  /** At the hub. */
  id = 0;
  epoch = 0;
  batch = 0;
  /** Counts the times that it was put back: an answer to a former life is nobody's. */
  life = 0;
  /** The contact that it waits for: an answer to an earlier one is nobody's. */
  request: HubContact | undefined;
  /** Put back, and without an answer since: a start waits for that. */
  waits = false;
  #portion = { link: '', limit: 0 };

  constructor(folder: string, name: string) {
    super(folder);
    this.name = name;
  }

  /** How many changes a contact tells. The program's portions are all of one size: made again it tells no less. */
  portionOf({ nextLink: link }: Contact, limit: number): number {
    const isAgain = this.#portion.link === link;
    this.#portion = { link, limit: isAgain ? Math.max(limit, this.#portion.limit) : limit };
    return this.#portion.limit;
  }
}
