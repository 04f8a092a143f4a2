/** The keys of an installation: those it has, or new ones where nothing has been sealed here yet. */
import { existsSync } from 'node:fs';
import { makeFolder } from '../base/folder.js';
import type { Random } from '../base/random.js';
import { createKeyFile, type Keyring, KeyringError, loadKeyring } from '../stock/keyring.js';
import { databaseFile, keyFile } from './data.js';

/** The key file that a command may change; undefined where the environment holds the keys themselves. */
export function ownKeyFile(dataFolder: string, environment: NodeJS.ProcessEnv): string | undefined {
  if (environment.PREPAID_SWITCH_KEYS) return undefined;
  return environment.PREPAID_SWITCH_KEY_FILE ?? keyFile(dataFolder);
}

/** `onNew` is told of a key file that was made. Where there is a database, its keys are never made anew. */
export function openKeys(
  dataFolder: string,
  random: Random,
  onNew: (file: string) => void = () => {},
): Keyring {
  const file = keyFile(dataFolder);
  makeFolder(dataFolder, 0o700);
  if (ownKeyFile(dataFolder, process.env) === file && !existsSync(file)) {
    if (existsSync(databaseFile(dataFolder))) {
      throw new KeyringError(`${file}: no key file, but a database beside it: put its key file back`);
    }
    if (createKeyFile(file, random)) onNew(file);
  }
  return loadKeyring(file, process.env);
}
