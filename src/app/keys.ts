/** The keys of an installation: those it has, or new ones where nothing has been sealed yet. */
import { existsSync } from 'node:fs';
import { makeFolder } from '../base/folder.js';
import type { Random } from '../base/random.js';
import { createKeyFile, type Keyring, loadKeyring } from '../stock/keyring.js';
import { KeyringError } from '../stock/keyringSpec.js';
import { isSealed } from '../stock/vault.js';
import type { Store } from '../store/store.js';
import { keyFile } from './data.js';

/** The key file that a command may change; undefined where the environment holds the keys themselves. */
export function ownKeyFile(dataFolder: string, environment: NodeJS.ProcessEnv): string | undefined {
  if (environment.PREPAID_SWITCH_KEYS) return undefined;
  return environment.PREPAID_SWITCH_KEY_FILE ?? keyFile(dataFolder);
}

/** `onNew` is told of a key file that was made. Where the store holds what was sealed, its keys are never made anew. */
export async function openKeys(
  store: Store,
  dataFolder: string,
  random: Random,
  onNew: (file: string) => void = () => {},
): Promise<Keyring> {
  const file = keyFile(dataFolder);
  if (ownKeyFile(dataFolder, process.env) === file && !existsSync(file)) {
    if (await isSealed(store)) {
      throw new KeyringError(`${file}: no key file, but a database that was sealed under one: put it there`);
    }
    makeFolder(dataFolder, 0o700);
    if (createKeyFile(file, random)) onNew(file);
  }
  return loadKeyring(file, process.env);
}
