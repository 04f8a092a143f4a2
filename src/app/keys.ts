/** The keys of an installation: those it has, or new ones where neither a file nor the environment has any. */
import { existsSync, mkdirSync } from 'node:fs';
import type { Random } from '../base/random.js';
import { createKeyFile, type Keyring, loadKeyring } from '../stock/keyring.js';
import { keyFile } from './data.js';

/** `onNew` is told of a key file that was made. */
export function openKeys(
  dataFolder: string,
  random: Random,
  onNew: (file: string) => void = () => {},
): Keyring {
  const file = keyFile(dataFolder);
  const { PREPAID_SWITCH_KEYS, PREPAID_SWITCH_KEY_FILE } = process.env;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  if (!existsSync(file) && !PREPAID_SWITCH_KEYS && !PREPAID_SWITCH_KEY_FILE) {
    createKeyFile(file, random);
    onNew(file);
  }
  return loadKeyring(file, process.env);
}
