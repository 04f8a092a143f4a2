/**
 * The move of an installation's books from its embedded database to PostgreSQL. No PIN may be sold from both: the data
 * folder's `store.url` is written first, and a folder that has both it and `switch.db` serves nobody and is read by no
 * command (store.ts); the target is not opened before the copy is whole; then `switch.db` takes another name.
 *
 * Stops before `store.url`: nothing has happened. Stops before the copy is whole: neither side can be served from; the same
 * command goes on. Stops before the file has its new name: the same, with everything copied.
 */
import { existsSync, renameSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../base/clock.js';
import { syncFolder } from '../base/durable.js';
import { SafeError } from '../base/errors.js';
import { systemRandom } from '../base/random.js';
import type { Audit } from '../store/store.js';
import { claimFile, databaseFile } from './data.js';
import { refusalOfDriver } from './databaseRefusals.js';
import { rememberStore, storeSchema } from './store.js';

/** What the file is called when its books are elsewhere. */
const MOVED = '.moved';

export interface MoveOptions {
  /** `switch.db` of a data folder. */
  readonly from: string;
  readonly to: string;
  readonly progress: (done: number, total: number, table: string) => void;
}

export interface Moved {
  readonly rows: number;
  /** Rows that an earlier attempt had copied. */
  readonly before: number;
  readonly tables: Readonly<Record<string, number>>;
  readonly takenIn: number;
  /** What the old file is called now. */
  readonly old: string;
}

/** Throws SafeError where it may not be done. */
export async function moveBooks({ from, to, progress }: MoveOptions): Promise<Moved> {
  const file = resolve(from);
  const folder = dirname(file);
  if (databaseFile(folder) !== file)
    throw new SafeError(`--from: ${basename(file)} is no switch.db of a data folder`);
  if (!existsSync(file)) {
    throw new SafeError(
      existsSync(file + MOVED) ? `${file}: its books were moved before` : `${file}: no database`,
    );
  }
  if (!storeSchema.safeParse(to).success)
    throw new SafeError('--to: must be postgres://USER:PASSWORD@HOST:PORT/DATABASE');
  const { claim, openSqliteStore } = await import('../store/sqlite/index.js');
  const { openPostgresStore } = await import('../store/postgres/index.js');
  const { copyBooks } = await import('../store/copy/copy.js');
  const release = claim(claimFile(folder));
  try {
    const open = async (which: 'old' | 'new') =>
      which === 'old'
        ? openSqliteStore({ file, clock: systemClock })
        : openPostgresStore({ url: to, clock: systemClock });
    const copied = await copyBooks({
      ...{ file, url: to, random: systemRandom, progress },
      prepare: async () => (await open('new')).shutdown(),
      onBegin: () => rememberStore(folder, to),
    });
    const audits: Audit[] = [];
    for (const which of ['old', 'new'] as const) {
      const store = await open(which);
      audits.push(await store.audit());
      await store.shutdown();
    }
    const [before, after] = audits;
    if (!isDeepStrictEqual(before, after))
      throw new SafeError('the audits of both sides differ: nothing was moved');
    renameSync(file, file + MOVED);
    syncFolder(folder);
    return { ...copied, takenIn: after?.takenIn ?? 0, old: file + MOVED };
  } catch (error) {
    throw refusalOfDriver(error, to);
  } finally {
    release();
  }
}
