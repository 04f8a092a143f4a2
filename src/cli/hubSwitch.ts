/**
 * `prepaid-switch hub switch`: invites switches, lists them, retires those that are lost. Works on the hub's database,
 * also while the hub runs: it finds what was decided within a moment.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import type { NetworkSwitch } from '../store/store.js';
import { NotSo, print, printJson, textOf, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';

const HOURS_MAX = 720;
const HOUR_MS = 3_600_000;
/** 100 random bits. */
const CODE_SIGNS = 20;
/** Without those that are taken for another one when they are read aloud or typed: 32 of them. */
const SIGNS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

export function register(hub: Command): void {
  const command = hub.command('switch').description('the switches of the network');
  withData(command.command('enrol <name>').description('invite a switch: prints a code, to be used once'))
    .option('--certificate <sha256>', 'fingerprint of the client certificate that it must show', fingerprint)
    .option('--hours <n>', 'how long the code is good', wholeNumber(1, HOURS_MAX), 24)
    .action(enrol);
  withData(command.command('list').description('all switches, and how they stand')).action(list);
  withData(command.command('retire <name>').description('out for good: what it had is quarantined'))
    .requiredOption('--by <name>', 'who decides')
    .requiredOption('--why <text>', 'the reason, kept with the decision')
    .action(retire);
}

function fingerprint(text: string): string {
  const form = /^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/;
  return textOf(form, 'a SHA-256 fingerprint, 64 hexadecimal digits')(text).replaceAll(':', '').toLowerCase();
}

/** In groups of five, so that it can be read out. */
function newCode(): string {
  const signs = [...randomBytes(CODE_SIGNS)].map((byte) => SIGNS.charAt(byte % SIGNS.length)).join('');
  return (signs.match(/.{5}/g) ?? []).join('-');
}

async function enrol(
  name: string,
  options: DataOptions & { certificate?: string; hours: number },
): Promise<void> {
  if (!NAME.test(name)) throw new UsageError('NAME: a-z, 0-9 and -, at most 32 characters');
  const code = newCode();
  const at = systemClock.now();
  const expiresAt = at + options.hours * HOUR_MS;
  const codeSha256 = createHash('sha256').update(code).digest('hex');
  const { certificate: certificateSha256 = '' } = options;
  const invitation = { name, codeSha256, expiresAt, certificateSha256, at };
  const { refuseMembersFolder } = await import('../app/roles.js');
  const result = await withStore(options, async (store) => {
    await refuseMembersFolder(store);
    return store.invite(invitation);
  });
  if (result.kind === 'active') {
    throw new NotSo(`${name} is enrolled: retire it first (prepaid-switch hub switch retire ${name})`);
  }
  if (options.json) printJson({ switch: name, code, expiresAt: new Date(expiresAt).toISOString() });
  else {
    print(`${name} is invited until ${new Date(expiresAt).toISOString()}. At the switch, once:`);
    print(`  prepaid-switch join --hub URL --code ${code}`);
  }
}

async function list(options: DataOptions): Promise<void> {
  const [switches, behind] = await withStore(options, (store) =>
    Promise.all([store.switches(), store.behind()]),
  );
  if (options.json) {
    printJson({ behind, switches: switches.map(shown) });
    return;
  }
  const head = ['switch', 'epoch', 'state', 'transfers', 'recalls', 'last seen', 'statement', 'why'];
  print(table([head, ...switches.map(row)], 0));
  if (behind !== '') print(`The hub's books are old: ${behind}`);
}

/** Without its keys. */
function shown(one: NetworkSwitch): object {
  const { id: _, publicKey: _key, tokenSha256: _token, link: _link, ...rest } = one;
  return rest;
}

function row(one: NetworkSwitch): string[] {
  const { name, epoch, state, why, transfer, applied, recall, recalled, seenAt, statedAt, difference } = one;
  const statement = statedAt === 0 ? '' : difference === '' ? 'agrees' : difference;
  return [
    ...[name, String(epoch), state, `${applied} of ${transfer}`, `${recalled} of ${recall}`],
    ...[seenAt === 0 ? 'never' : new Date(seenAt).toISOString(), statement, why],
  ];
}

async function retire(name: string, options: DataOptions & { by: string; why: string }): Promise<void> {
  const { by, why } = options;
  const at = systemClock.now();
  const result = await withStore(options, (store) => store.retire({ name, by, why, at }));
  if (result.kind === 'unknown') throw new UsageError(`NAME: no switch is called ${name}`);
  if (result.kind === 'already') throw new NotSo(`${name} was retired before`);
  if (options.json) printJson({ switch: name, quarantined: result.pins });
  else print(`${name} is retired: ${result.pins} PINs quarantined`);
}
