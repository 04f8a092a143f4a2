/** `prepaid-switch journal prune` and `journal archives`: retention. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { print, printJson, UsageError } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { progressBar } from './progress.js';

interface PruneOptions extends DataOptions {
  readonly keep: string;
  readonly to?: string;
}

const DAY_MS = 86_400_000;

const HELP = `
Goes on while the switch sells. Call it again after it was cut off. Each file is compressed JSON, a transaction a line
(zcat, jq); codes of PINs and accounts are as sealed in it as in the database. What stays: what is in doubt or quarantined,
the last credit of each remembered account, the last move of each card, and postings of the ledger.

Example:
  prepaid-switch journal prune --keep 400d --to /var/archive/prepaid`;

export function registerPrune(journal: Command): void {
  withData(journal.command('prune').description('move old transactions into compressed files, by day'))
    .requiredOption('--keep <days>', 'keep what was received in the last days, as 400d')
    .option('--to <folder>', 'for the files (else "archive" in the data folder)')
    .addHelpText('after', HELP)
    .action(prune);
  withData(journal.command('archives').description('the files that prune has written')).action(archives);
}

async function prune({ keep, to, ...options }: PruneOptions): Promise<void> {
  const { dataFolder } = await import('../app/data.js');
  const { PRUNE_LIMITS, pruneJournal } = await import('../app/prune.js');
  const days = Number(/^([1-9]\d{0,4})d$/.exec(keep)?.[1] ?? 0);
  if (days < PRUNE_LIMITS.keepMinDays)
    throw new UsageError(`journal prune --keep: days, as 400d; at least ${PRUNE_LIMITS.keepMinDays}d`);
  const folder = to ?? join(dataFolder(options.data), 'archive');
  const bar = progressBar('journal prune', 'of the journal');
  try {
    const before = systemClock.now() - days * DAY_MS;
    const pruned = await withStore(options, (store) =>
      pruneJournal({ store, folder, before, progress: bar.update }),
    );
    if (options.json) printJson({ ...pruned, folder });
    else print(`${pruned.rows} rows in ${pruned.files.length} files, ${pruned.bytes} bytes, in ${folder}`);
  } finally {
    bar.stop();
  }
}

async function archives(options: DataOptions): Promise<void> {
  const found = await withStore(options, (store) => store.archives());
  if (options.json) printJson({ archives: found });
  else if (found.length === 0) print('No archives.');
  else print(table([['file', 'rows', 'removed', 'sha256'], ...found.map(rowOf)], 1));
}

function rowOf(one: { name: string; rows: number; removed: number; sha256: string }): string[] {
  return [one.name, String(one.rows), String(one.removed), one.sha256];
}
