/** `prepaid-switch keys`: master keys by their ids. No command shows a key. */
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { makeFolder } from '../base/folder.js';
import { systemRandom } from '../base/random.js';
import type { Keyring } from '../stock/keyring.js';
import { print, printJson, UsageError } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { type TokenOptions, tokenOf, withToken } from './keysToken.js';

type NewKeyOptions = DataOptions & TokenOptions;

export function register(program: Command): void {
  const keys = program.command('keys').description('master keys: make, rotate, list by id');
  withToken(withData(keys.command('create')))
    .description('make a key file, where there is none, its key in it or on a PKCS#11 token')
    .action(create);
  withToken(withData(keys.command('rotate')))
    .description(
      'add a new master key and wrap every data key by it; works while the switch sells; with --token the keys move there',
    )
    .action(rotate);
  withData(keys.command('rewrap'))
    .description('wrap every data key by the current master key, after keys in the environment have changed')
    .action(rewrap);
  withData(keys.command('list'))
    .description('ids of the master keys, where each is, and how many data keys it wraps')
    .action(list);
}

/** The file that may be changed here. */
async function fileOf(options: DataOptions): Promise<string> {
  const { dataFolder } = await import('../app/data.js');
  const { ownKeyFile } = await import('../app/keys.js');
  const file = ownKeyFile(dataFolder(options.data), process.env);
  if (file) return file;
  throw new UsageError('the keys come from PREPAID_SWITCH_KEYS: change them there, then run keys rewrap');
}

async function keyringOf(options: DataOptions): Promise<Keyring> {
  const { dataFolder, keyFile } = await import('../app/data.js');
  const { loadKeyring } = await import('../stock/keyring.js');
  return loadKeyring(keyFile(dataFolder(options.data)), process.env);
}

async function hasDatabase(options: DataOptions): Promise<boolean> {
  const { dataFolder } = await import('../app/data.js');
  const { hasStore } = await import('../app/store.js');
  return hasStore(dataFolder(options.data));
}

async function create(options: NewKeyOptions): Promise<void> {
  const { createKeyFile } = await import('../stock/keyring.js');
  const token = tokenOf(options);
  const file = await fileOf(options);
  makeFolder(dirname(file), 0o700);
  if (!createKeyFile(file, systemRandom, { token, environment: process.env })) {
    throw new UsageError(`${file}: is there already${token ? ': keys rotate --token moves its keys' : ''}`);
  }
  const { current } = await keyringOf(options);
  if (options.json) return printJson({ current });
  const [where, needed] = token ? [`on ${token.label} for`, 'both, file and token'] : ['in', 'it'];
  print(`${current} made ${where} ${file}; keep a copy: without ${needed} the stock cannot be read`);
}

async function rotate(options: NewKeyOptions): Promise<void> {
  const { rotateKeyFile } = await import('../stock/keyring.js');
  const place = { token: tokenOf(options), environment: process.env };
  const current = rotateKeyFile(await fileOf(options), systemRandom, place);
  const rewrapped = await rewrapAll(options);
  if (options.json) printJson({ current, rewrapped });
  else print(`${current} is the master key now; ${rewrapped} data keys wrapped by it`);
}

async function rewrap(options: DataOptions): Promise<void> {
  const { current } = await keyringOf(options);
  const rewrapped = await rewrapAll(options);
  if (options.json) printJson({ current, rewrapped });
  else print(`${rewrapped} data keys wrapped by ${current}`);
}

async function rewrapAll(options: DataOptions): Promise<number> {
  if (!(await hasDatabase(options))) return 0;
  const { openVault } = await import('../stock/vault.js');
  const keyring = await keyringOf(options);
  return withStore(options, async (store) => (await openVault(store, keyring, systemRandom)).rewrapAll());
}

async function list(options: DataOptions): Promise<void> {
  const { current, keys } = await keyringOf(options);
  const batches = (await hasDatabase(options)) ? await withStore(options, (store) => store.keyBatches()) : [];
  const found = [...keys].map(([id, { place }]) => ({
    id,
    place,
    current: id === current,
    dataKeys: batches.filter(({ keyId }) => keyId === id).length,
  }));
  if (options.json) return printJson({ current, keys: found });
  const rows = found.map((one) => [one.id, one.place, one.current ? 'current' : '', String(one.dataKeys)]);
  print(table([['key', 'where', '', 'data keys'], ...rows], 0));
}
