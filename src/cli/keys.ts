/** `prepaid-switch keys`: master keys by their ids. No command shows a key. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { systemRandom } from '../base/random.js';
import { print, printJson, UsageError } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';

export function register(program: Command): void {
  const keys = program.command('keys').description('master keys: make, rotate, list by id');
  withData(keys.command('create')).description('make a key file, where there is none').action(create);
  withData(keys.command('rotate'))
    .description('add a new master key and wrap every data key by it; works while the switch sells')
    .action(rotate);
  withData(keys.command('list')).description('ids of the master keys').action(list);
}

async function create(options: DataOptions): Promise<void> {
  const { dataFolder, keyFile } = await import('../app/data.js');
  const { openKeys } = await import('../app/keys.js');
  const folder = dataFolder(options.data);
  const file = keyFile(folder);
  if (existsSync(file)) throw new UsageError(`${file}: is there already`);
  const { current } = openKeys(folder, systemRandom);
  if (options.json) printJson({ current });
  else print(`${current} made in ${file}; keep a copy: without it the stock cannot be read`);
}

async function rotate(options: DataOptions): Promise<void> {
  const { dataFolder, databaseFile, keyFile } = await import('../app/data.js');
  const { loadKeyring, rotateKeyFile } = await import('../stock/keyring.js');
  const { openVault } = await import('../stock/vault.js');
  const folder = dataFolder(options.data);
  const file = keyFile(folder);
  const current = rotateKeyFile(file, systemRandom);
  let rewrapped = 0;
  if (existsSync(databaseFile(folder))) {
    rewrapped = await withStore(options, async (store) =>
      (await openVault(store, loadKeyring(file, {}), systemRandom)).rewrapAll(),
    );
  }
  if (options.json) printJson({ current, rewrapped });
  else print(`${current} is the master key now; ${rewrapped} data keys wrapped by it`);
}

async function list(options: DataOptions): Promise<void> {
  const { dataFolder, keyFile } = await import('../app/data.js');
  const { loadKeyring } = await import('../stock/keyring.js');
  const { current, keys } = loadKeyring(keyFile(dataFolder(options.data)), process.env);
  if (options.json) printJson({ current, keys: [...keys.keys()] });
  else for (const id of keys.keys()) print(id === current ? `${id} (current)` : id);
}
