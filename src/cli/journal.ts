/**
 * `prepaid-switch journal`: what the journal says of transactions, and which of them are in doubt. Reads the
 * database, also while the switch runs. Codes of PINs and accounts are never shown: they lie sealed, and stay so.
 */
import type { Command } from 'commander';
import type { TransactionQuery } from '../store/store.js';
import { EXIT, print, printJson, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { registerList } from './journal-list.js';
import { forwardingRecord, transactionRecord } from './records.js';

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
  prepaid-switch journal doubtful`;

export function register(program: Command): void {
  const journal = program
    .command('journal')
    .description('find transactions; see which are in doubt')
    .addHelpText('after', EXAMPLES);
  withData(journal.command('find').description('find transactions; exit code 1 where there is none'))
    .option('--stan <n>', 'by STAN (DE11)', wholeNumber(0, 999_999_999_999))
    .option('--rrn <text>', 'by RRN (DE37)')
    .option('--id <n>', "by the journal's own number", wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--limit <n>', 'at most so many', wholeNumber(1, FOUND_MAX), 100)
    .action(find);
  registerList(journal);
  withData(
    journal
      .command('doubtful')
      .description('transactions whose outcome is open, and what must still be told to suppliers'),
  )
    .option('--limit <n>', 'at most so many forwardings', wholeNumber(1, FOUND_MAX), 100)
    .action(doubtful);
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
  const transactions = await withStore(options, async (store) =>
    (await store.find(query)).map(transactionRecord),
  );
  if (transactions.length === 0) process.exitCode = EXIT.notSo;
  if (options.json) printJson({ transactions });
  else if (transactions.length === 0) print('No such transaction.');
  else print(transactions.map((one) => lines(one)).join('\n\n'));
}

async function doubtful(options: DataOptions & { readonly limit: number }): Promise<void> {
  const found = await withStore(options, async (store) => ({
    open: (await store.pending()).map(transactionRecord),
    forwardings: (await store.forwardings(options.limit)).map(forwardingRecord),
  }));
  if (found.open.length === 0 && found.forwardings.length === 0) process.exitCode = EXIT.notSo;
  if (options.json) printJson(found);
  else print(doubtfulText(found.open, found.forwardings));
}

/** One line a member; lists of PINs as `serial (expiry)`. */
function lines(record: object): string {
  const rows = Object.entries(record).map(([name, value]) => [name, cell(value)]);
  return table(rows, 0);
}

function cell(value: unknown): string {
  if (value === null || value === '') return '-';
  if (!Array.isArray(value)) return String(value);
  const pins = value as { serial: string; expiry: string }[];
  return pins.map(({ serial, expiry }) => `${serial} (expires ${expiry})`).join(', ') || '-';
}

function doubtfulText(
  open: readonly ReturnType<typeof transactionRecord>[],
  forwardings: readonly ReturnType<typeof forwardingRecord>[],
): string {
  const openRows = open.map((one) => [
    String(one.id),
    one.stan,
    one.terminal,
    one.service,
    one.supplier,
    one.reference,
    one.receivedAt,
  ]);
  const dueRows = forwardings.map((one) => [
    String(one.transaction.id),
    one.transaction.stan,
    one.kind,
    one.transaction.supplier,
    one.transaction.reference,
    String(one.attempts),
    one.nextAt,
  ]);
  const blocks: string[] = [];
  if (openRows.length > 0) {
    const head = ['id', 'stan', 'terminal', 'service', 'supplier', 'reference', 'received'];
    blocks.push(`Outcome open:\n${table([head, ...openRows], 1)}`);
  }
  if (dueRows.length > 0) {
    const head = ['id', 'stan', 'kind', 'supplier', 'reference', 'attempts', 'next'];
    blocks.push(`Due at suppliers:\n${table([head, ...dueRows], 1)}`);
  }
  return blocks.join('\n\n') || 'Nothing is in doubt.';
}
