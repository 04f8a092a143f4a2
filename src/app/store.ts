/**
 * Where an installation's books are: the embedded database in its data folder, or PostgreSQL, which the configuration
 * names (`store:`), or PREPAID_SWITCH__store. The data folder remembers it, so that commands on the folder find it.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceDurably } from '../base/durable.js';
import { SafeError } from '../base/errors.js';
import { makeFolder } from '../base/folder.js';
import type { Log } from '../base/log.js';
import type { SqlStoreOptions } from '../store/sql/open.js';
import type { Store } from '../store/store.js';
import { claimFile, databaseFile } from './data.js';
import { refusalOf, StoreAway } from './databaseRefusals.js';

const URL_EXPECTED = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE, a sign like @ / # % in a password as %40';
const HOST = String.raw`(?:\[[0-9A-Fa-f:.]+\]|[^\s@:/?#,[\]]+)(?::\d{1,5})?`;
const USER = String.raw`(?:[^\s@:/?#]+(?::[^\s@/?#]*)?@)?`;
/** Several hosts: the one that may be written to. None: `?host=` names a folder of a socket. */
const STORE_URL = new RegExp(
  String.raw`^postgres(?:ql)?:\/\/(?!\S*%(?![0-9A-Fa-f]{2}))${USER}(?:${HOST}(?:,${HOST})*)?\/[^\s/?#]+(?:\?[^\s#]*)?$`,
);

/** The value is never told: it may hold a password. */
export const storeSchema = z.string().regex(STORE_URL, URL_EXPECTED);

/** As the configuration names it. */
const ENVIRONMENT = 'PREPAID_SWITCH__store';

function storeFile(dataFolder: string): string {
  return join(dataFolder, 'store.url');
}

/** Remembers `configured`. Undefined: the embedded database. Throws SafeError. */
export function storeUrl(dataFolder: string, configured = process.env[ENVIRONMENT]): string | undefined {
  const file = storeFile(dataFolder);
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  const url = configured ?? known;
  if (url === undefined) return undefined;
  if (!storeSchema.safeParse(url).success) throw new SafeError(`store: must be ${URL_EXPECTED}`);
  if (existsSync(databaseFile(dataFolder))) {
    throw new SafeError(
      known === undefined
        ? `${dataFolder}: its books are in switch.db; name another data folder, or move them first (store copy)`
        : `${dataFolder}: its books are being moved from switch.db; call \`store copy\` again until it has ended`,
    );
  }
  if (url !== known) rememberStore(dataFolder, url);
  return url;
}

export function rememberStore(dataFolder: string, url: string): void {
  makeFolder(dataFolder, 0o700);
  replaceDurably(storeFile(dataFolder), `${url}\n`);
}

/** Whether books were begun: of PostgreSQL only whether it was named. */
export function hasStore(dataFolder: string): boolean {
  return existsSync(databaseFile(dataFolder)) || storeUrl(dataFolder) !== undefined;
}

export interface StoreOptions extends SqlStoreOptions {
  readonly dataFolder: string;
  /** Of the configuration. */
  readonly store?: string | undefined;
}

/**
 * One process at a time serves from an embedded database; on PostgreSQL any number. Returns how it is let go; throws
 * StoreRefused where another process serves.
 */
export async function claimStore({
  dataFolder,
  store,
}: Pick<StoreOptions, 'dataFolder' | 'store'>): Promise<() => void> {
  if (storeUrl(dataFolder, store) !== undefined) return () => {};
  const { claim } = await import('../store/sqlite/index.js');
  makeFolder(dataFolder, 0o700);
  // What SQLite says of a folder that cannot be written names neither it nor why.
  accessSync(dataFolder, constants.W_OK | constants.X_OK);
  return claim(claimFile(dataFolder));
}

/** Between two attempts to open a database that is away at a start, milliseconds: the first, doubled up to the last. */
const AWAY_FIRST_MS = 500;
const AWAY_MAX_MS = 10_000;

/** Waits for a database that is away, as long as it takes, and says so; else as openStoreOf. */
export async function openStoreWhenThere(options: StoreOptions, log: Log): Promise<Store> {
  for (let waitMs = AWAY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, AWAY_MAX_MS)) {
    try {
      return await openStoreOf(options);
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      log.warn({ error: error.message, waitMs }, 'the database is away: not ready until it is there');
      await new Promise<void>((resolve) => options.clock.after(waitMs, resolve));
    }
  }
}

/** Rejects with StoreRefused where it cannot be opened; with StoreAway where it may be there later. */
export async function openStoreOf({ dataFolder, store, ...options }: StoreOptions): Promise<Store> {
  const url = storeUrl(dataFolder, store);
  if (url === undefined) {
    const { openSqliteStore } = await import('../store/sqlite/index.js');
    makeFolder(dataFolder, 0o700);
    return openSqliteStore({ file: databaseFile(dataFolder), ...options });
  }
  const { openPostgresStore } = await import('../store/postgres/index.js');
  return openPostgresStore({ url, ...options }).catch((error: unknown) => {
    throw refusalOf(error, url);
  });
}
