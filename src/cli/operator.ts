/** `prepaid-switch operator`: who may approve exports of PINs, by keys of their own. */

import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { createDurably } from '../base/durable.js';
import { NotSo, print, printJson, shortName, UsageError } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';

const HELP = `
Each operator keeps a key file; PREPAID_SWITCH_PASSPHRASE encrypts it. Only its public key goes to the switch.

Examples:
  PREPAID_SWITCH_PASSPHRASE=… prepaid-switch operator key --to ann.pem      # prints the public key
  prepaid-switch operator add ann MCowBQYDK2VwAyEA…`;

export function register(program: Command): void {
  const operator = program
    .command('operator')
    .description('who may approve exports of PINs')
    .addHelpText('after', HELP);
  operator
    .command('key')
    .description('make a key, in a file that only its owner can read')
    .requiredOption('--to <file>', 'must not be there yet')
    .option('--json', 'print one JSON object')
    .action(makeKey);
  withData(operator.command('add <name> <public-key>').description('add one; recorded')).action(add);
  withData(operator.command('remove <name>').description('it may approve nothing more; recorded')).action(
    remove,
  );
  withData(operator.command('list').description('all of them')).action(list);
}

async function makeKey({ to, json }: { to: string; json?: boolean }): Promise<void> {
  const { newOperatorKey } = await import('../stock/exporting.js');
  const { pem, publicKey } = newOperatorKey(process.env.PREPAID_SWITCH_PASSPHRASE ?? '');
  try {
    createDurably(to, pem);
  } catch (error) {
    throw new UsageError(`${to}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
  if (json) printJson({ publicKey });
  else print(publicKey);
}

/** Throws UsageError where it cannot be read. */
export async function operatorKey(file: string): Promise<KeyObject> {
  const { openOperatorKey } = await import('../stock/exporting.js');
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return openOperatorKey(pem, process.env.PREPAID_SWITCH_PASSPHRASE ?? '');
}

async function add(name: string, publicKey: string, options: DataOptions): Promise<void> {
  const { isPublicKey } = await import('../stock/exporting.js');
  if (!isPublicKey(publicKey))
    throw new UsageError('operator add: not a public key, as `operator key` prints it');
  const one = { name: shortName(name), publicKey, at: systemClock.now() };
  const added = await withStore(options, (store) => store.addOperator(one), true);
  if (!added) throw new NotSo('operator add: name or key are known already');
  if (options.json) printJson({ added: name });
  else print(`${name} may approve exports`);
}

async function remove(name: string, options: DataOptions): Promise<void> {
  const removed = await withStore(options, (store) => store.removeOperator(name, systemClock.now()));
  if (!removed) throw new NotSo(`operator remove: there is no ${name}`);
  if (options.json) printJson({ removed: name });
  else print(`${name} may approve nothing more`);
}

async function list(options: DataOptions): Promise<void> {
  const operators = await withStore(options, (store) => store.operators());
  if (options.json) return printJson({ operators });
  const rows = operators.map(({ name, publicKey, removedAt }) => [
    name,
    publicKey,
    removedAt === 0 ? '' : 'removed',
  ]);
  print(table([['operator', 'public key', ''], ...rows], 0));
}
