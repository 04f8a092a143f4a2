/**
 * `prepaid-switch journal`: what the journal says of transactions, and which of them are in doubt. Reads the
 * database, also while the switch runs. Codes of PINs and accounts are never shown: they lie sealed, and stay so.
 */
import type { Command } from 'commander';
import type { TransactionQuery } from '../store/store.js';
import { EXIT, print, printJson, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { registerDoubt } from './journal-doubt.js';
import { registerList } from './journal-list.js';
import { registerPrune } from './journal-prune.js';
import { resolutionRecord, transactionRecord } from './records.js';

const FOUND_MAX = 1_000;

interface FindOptions extends DataOptions {
  readonly stan?: number;
  readonly rrn?: string;
  readonly id?: number;
  readonly limit: number;
}

const EXAMPLES = `
Examples:
  prepaid-switch journal find --stan 123
  prepaid-switch journal find --rrn 532700000123 --json
  prepaid-switch journal list --day 20261125 --state declined
  prepaid-switch journal export --from 20261101 --format csv > november.csv
  prepaid-switch journal doubtful
  prepaid-switch journal resolve 4711 --as done --by ann --why "telco-a confirms credit 98123"
  prepaid-switch journal prune --keep 400d`;

export function register(program: Command): void {
  const journal = program
    .command('journal')
    .description('find transactions; see which are in doubt; archive old ones')
    .addHelpText('after', EXAMPLES);
  withData(journal.command('find').description('find transactions; exit code 1 where there is none'))
    .option('--stan <n>', 'by STAN (DE11)', wholeNumber(0, 999_999_999_999))
    .option('--rrn <text>', 'by RRN (DE37)')
    .option('--id <n>', "by the journal's own number", wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--limit <n>', 'at most so many', wholeNumber(1, FOUND_MAX), 100)
    .action(find);
  registerList(journal);
  registerDoubt(journal);
  registerPrune(journal);
}

async function find(options: FindOptions): Promise<void> {
  const { stan, rrn, id, limit } = options;
  if (stan === undefined && rrn === undefined && id === undefined) {
    throw new UsageError('journal find: one of --stan, --rrn and --id');
  }
  const query: TransactionQuery = {
    limit,
    ...(stan === undefined ? {} : { stan: String(stan).padStart(6, '0') }),
    ...(rrn === undefined ? {} : { rrn }),
    ...(id === undefined ? {} : { id }),
  };
  const transactions = await withStore(options, async (store) => {
    const found = await store.find(query);
    // One that was named by its number is told whole: who ended its doubt by hand, too.
    const decided = id === undefined ? [] : (await store.resolutions(id)).map(resolutionRecord);
    return found.map((one) => ({
      ...transactionRecord(one),
      ...(decided.length === 0 ? {} : { resolved: decided }),
    }));
  });
  if (transactions.length === 0) process.exitCode = EXIT.notSo;
  if (options.json) printJson({ transactions });
  else if (transactions.length === 0) print('No such transaction.');
  else print(transactions.map((one) => lines(one)).join('\n\n'));
}

/** One line a member; lists of PINs as `serial (expiry)`. */
function lines(record: object): string {
  const rows = Object.entries(record).map(([name, value]) => [name, cell(value)]);
  return table(rows, 0);
}

function cell(value: unknown): string {
  if (value === null || value === '') return '-';
  if (!Array.isArray(value)) return String(value);
  const parts = value as (Partial<ReturnType<typeof resolutionRecord>> & {
    serial?: string;
    expiry?: string;
  })[];
  return (
    parts
      .map((one) =>
        one.serial === undefined
          ? `${one.from} to ${one.to} by ${one.by} at ${one.at}: ${one.why}`
          : `${one.serial} (expires ${one.expiry})`,
      )
      .join(', ') || '-'
  );
}
