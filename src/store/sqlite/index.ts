/**
 * The embedded store: SQLite in worker threads, durable group commit. A process opens one store on a file; another
 * process may open its own on the same file (an intake beside the running switch): its commits are seen, and each
 * waits at most `busyMs` for the other's. Keep such a neighbour's commits short: 1,000 PINs a chunk.
 */
import { StoreRefused } from '../errors.js';
import { openSqlStore, type SqlStoreOptions } from '../sql/open.js';
import type { Store } from '../store.js';

export { STORE_LIMITS, type StoreLimits } from '../sql/limits.js';
export { claim } from './claim.js';

const THREADS = {
  writer: new URL('./writer.js', import.meta.url),
  reader: new URL('./reader.js', import.meta.url),
};

export interface SqliteStoreOptions extends SqlStoreOptions {
  readonly file: string;
}

/** Rejects with StoreRefused, which names the file, where it cannot be opened safely, is another program's, or newer. */
export function openSqliteStore({ file, ...options }: SqliteStoreOptions): Promise<Store> {
  return openSqlStore(THREADS, { file }, options).catch((error: unknown) => {
    if (!(error instanceof StoreRefused)) throw error;
    const line = error.message.replace(/^database: /, () => `database ${file}: `);
    throw new StoreRefused(line, { cause: error });
  });
}
