/**
 * The store on PostgreSQL, where one machine is not enough: the same verbs, many processes on one journal and one stock.
 * `url`: postgres://user:password@host:port/database. High availability is the server's own.
 */
import { openSqlStore, type SqlStoreOptions } from '../sql/open.js';
import type { Store } from '../store.js';

const THREADS = {
  writer: new URL('./writer.js', import.meta.url),
  reader: new URL('./reader.js', import.meta.url),
};

export interface PostgresStoreOptions extends SqlStoreOptions {
  readonly url: string;
}

/** Rejects with StoreRefused where the database cannot be reached or used safely, is another program's, or newer. */
export function openPostgresStore({ url, ...options }: PostgresStoreOptions): Promise<Store> {
  return openSqlStore(THREADS, { url }, options);
}
