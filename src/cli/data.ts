/** What commands on an installation's data share: the options, and the store, opened and closed around a task. */
import { userInfo } from 'node:os';
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

/** Of the operating system; under sudo, who called it. */
function userName(): string {
  if (process.env.SUDO_USER) return process.env.SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    // Without an entry in the system's list of users, as in a container.
    return `uid ${process.getuid?.() ?? ''}`;
  }
}

/** Opens the database of a data folder, also while the switch runs. It must be there, unless `create`. */
export async function withStore<T>(
  { data }: DataOptions,
  task: (store: Store) => Promise<T>,
  create = false,
): Promise<T> {
  const { dataFolder, databaseFile } = await import('../app/data.js');
  const { hasStore, openStoreOf } = await import('../app/store.js');
  const folder = dataFolder(data);
  if (!create && !hasStore(folder))
    throw new UsageError(`${databaseFile(folder)}: no database; --data FOLDER names its folder`);
  let broken: unknown;
  const onBroken = (error: unknown): void => {
    broken = error;
  };
  const store = await openStoreOf({ dataFolder: folder, clock: systemClock, actor: userName(), onBroken });
  try {
    return await task(store);
  } catch (error) {
    throw broken ?? error;
  } finally {
    await store.shutdown();
  }
}
