/**
 * Books of the embedded database, table by table into PostgreSQL, and held against each other at the end, page by page,
 * from what each side has. Stops anywhere: the target is not whole, no store opens there, and the same copy goes on where
 * it was.
 */
import { SafeError } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import { StoreRefused } from '../errors.js';
import { CopySource } from './source.js';
import { digestOf, keyOf, type Row, type Table } from './table.js';
import { CopyTarget } from './target.js';

/** Rows in one transaction, and in one comparison. */
const PAGE_ROWS = 5_000;

export class CopyDiffers extends SafeError {
  override name = 'CopyDiffers';
}

export interface CopyOptions {
  /** The embedded database. */
  readonly file: string;
  readonly url: string;
  readonly random: Random;
  /** Makes the tables, where no copy was begun. */
  readonly prepare: () => Promise<void>;
  /** Called before anything is copied, when it may be: from then on the source must not be served from. */
  readonly onBegin: () => void;
  /** Rows copied or compared, of twice as many as there are. */
  readonly progress: (done: number, total: number, table: string) => void;
}

export interface Copied {
  readonly tables: Readonly<Record<string, number>>;
  readonly rows: number;
  /** Rows that an earlier attempt had copied. */
  readonly before: number;
}

/** Throws StoreRefused where it may not begin or go on, CopyDiffers where the two sides are not the same. */
export async function copyBooks(options: CopyOptions): Promise<Copied> {
  const { file, url, random, progress } = options;
  const source = new CopySource(file, random);
  let target: CopyTarget | undefined;
  try {
    target = await begun(source, url, options);
    const counts = source.tables.map((table) => source.count(table));
    const rows = counts.reduce((sum, count) => sum + count, 0);
    let done = 0;
    let before = 0;
    const told = (table: Table, more: number): void => {
      done += more;
      progress(done, rows * 2, table.name);
    };
    for (const table of source.tables) before += await copyTable(source, target, table, told);
    for (const table of source.tables) await compareTable(source, target, table, told);
    await target.end(source.tables);
    const tables = Object.fromEntries(source.tables.map(({ name }, at) => [name, counts[at] ?? 0]));
    return { tables, rows, before };
  } finally {
    source.close();
    await target?.close();
  }
}

async function begun(
  source: CopySource,
  url: string,
  { prepare, onBegin }: Pick<CopyOptions, 'prepare' | 'onBegin'>,
): Promise<CopyTarget> {
  let target = await CopyTarget.open(url);
  try {
    const mark = await target.mark();
    if (!mark) {
      await target.close();
      await prepare();
      target = await CopyTarget.open(url);
      await target.refuseBooks();
      onBegin();
      await target.begin(source.identity, source.tables);
      return target;
    }
    if (mark.source !== source.identity) {
      throw new StoreRefused('the database to copy to is a copy of other books: name an empty one');
    }
    onBegin();
    return target;
  } catch (error) {
    await target.close();
    throw error;
  }
}

type Told = (table: Table, rows: number) => void;

/** How many rows were there before. */
async function copyTable(source: CopySource, target: CopyTarget, table: Table, told: Told): Promise<number> {
  const { count, last } = table.hasKey ? await target.standing(table) : { count: 0, last: undefined };
  told(table, count);
  for (let after = last; ; ) {
    const rows = source.page(table, after, PAGE_ROWS);
    const end = rows.at(-1);
    if (!end) return count;
    await target.append(table, rows);
    told(table, rows.length);
    after = keyOf(table, end);
  }
}

async function compareTable(source: CopySource, target: CopyTarget, table: Table, told: Told): Promise<void> {
  for (let after: Row | undefined; ; ) {
    const ours = source.page(table, after, PAGE_ROWS);
    const theirs = await target.page(table, after, PAGE_ROWS);
    if (ours.length !== theirs.length || digestOf(ours) !== digestOf(theirs)) {
      const at = ours.findIndex((row, n) => digestOf([row]) !== digestOf([theirs[n] ?? []]));
      const where = at < 0 ? 'at its end' : `in the page of row ${at + 1}`;
      throw new CopyDiffers(
        `table ${table.name}: the copy differs ${where}: drop the target database, and copy again`,
      );
    }
    told(table, ours.length);
    const end = ours.at(-1);
    if (!end) return;
    after = keyOf(table, end);
  }
}
