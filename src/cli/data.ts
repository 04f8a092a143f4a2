/** What commands on an installation's data share: the options, and the store, opened and closed around a task. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import type { Store } from '../store/store.js';
import { UsageError } from './command.js';

export interface DataOptions {
  readonly data?: string;
  readonly json?: boolean;
}

export function withData(command: Command): Command {
  return command
    .option('--data <folder>', 'data folder (else PREPAID_SWITCH_DATA, else ./data)')
    .option('--json', 'print one JSON object');
}

/** Opens the database of a data folder, also while the switch runs. It must be there, unless `create`. */
export async function withStore<T>(
  { data }: DataOptions,
  task: (store: Store) => Promise<T>,
  create = false,
): Promise<T> {
  const { dataFolder, databaseFile } = await import('../app/data.js');
  const { openSqliteStore } = await import('../store/sqlite/index.js');
  const file = databaseFile(dataFolder(data));
  if (!create && !existsSync(file))
    throw new UsageError(`${file}: no database; --data FOLDER names its folder`);
  let broken: unknown;
  const onBroken = (error: unknown): void => {
    broken = error;
  };
  const store = await openSqliteStore({ file, clock: systemClock, onBroken });
  try {
    return await task(store);
  } catch (error) {
    throw broken ?? error;
  } finally {
    await store.shutdown();
  }
}
