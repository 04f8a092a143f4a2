/** `prepaid-switch audit`: the trail of what operators did and what keys were used for. */
import type { Command } from 'commander';
import type { TrailEntry, TrailHead } from '../store/store.js';
import { NotSo, print, printJson, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';

interface ListOptions extends DataOptions {
  readonly last: number;
}

interface VerifyOptions extends DataOptions {
  readonly head?: string;
}

const LISTED_MAX = 10_000;
const LISTED = 50;

const HELP = `
Each entry stands in the commit of what it tells, and is chained to the one before by SHA-256. The head is in the switch's
log at its start and every hour: with one from there, --head finds a trail that was cut short or written anew.

Examples:
  prepaid-switch audit list --last 20
  prepaid-switch audit verify
  prepaid-switch audit verify --head 812:9f0c…`;

export function register(program: Command): void {
  const audit = program
    .command('audit')
    .description("operators' actions and uses of keys, and whether their trail is whole")
    .addHelpText('after', HELP);
  withData(audit.command('list').description('the latest entries, oldest first'))
    .option('--last <n>', 'so many', wholeNumber(1, LISTED_MAX), LISTED)
    .action(list);
  withData(
    audit.command('verify').description('find an entry that was changed, dropped or moved; exit code 1'),
  )
    .option('--head <number:hash>', 'a head that was noted earlier')
    .action(verify);
}

async function list({ last, ...options }: ListOptions): Promise<void> {
  const entries = await withStore(options, async (store) => {
    const { number } = await store.trailHead();
    return store.trail(Math.max(0, number - last), last);
  });
  if (options.json) return printJson({ entries: entries.map(opened) });
  print(table([['number', 'at', 'actor', 'action', 'said'], ...entries.map(rowOf)], 1));
}

function opened({ said, at, ...rest }: TrailEntry): object {
  return { ...rest, at: new Date(at).toISOString(), said: JSON.parse(said) as unknown };
}

function rowOf({ number, at, actor, action, said }: TrailEntry): string[] {
  return [String(number), new Date(at).toISOString(), actor, action, said];
}

async function verify({ head, ...options }: VerifyOptions): Promise<void> {
  const { checkTrail } = await import('../store/trailCheck.js');
  const noted = head === undefined ? undefined : notedIn(head);
  const found = await withStore(options, (store) => checkTrail(store, noted));
  const { number, hash } = found.head;
  if (options.json) printJson({ ok: found.fault === undefined, ...found });
  if (found.fault !== undefined) throw new NotSo(`audit trail: ${found.fault}`);
  if (!options.json) print(`${found.entries} entries, each as it was written. Head ${number}:${hash}`);
}

function notedIn(text: string): TrailHead {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || hash === undefined)
    throw new UsageError('audit verify --head: as 812:9f0c…, 64 digits');
  return { number: Number(number), hash };
}
