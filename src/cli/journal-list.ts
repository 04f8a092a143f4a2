/**
 * `prepaid-switch journal list | export`: transactions by filter, as a table, as CSV or as JSON lines. Both read page
 * by page; an export is written as it is read, and waits for whoever reads it. Accounts are masked: *** says that
 * there is one.
 */
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { csvLine } from '../base/csv.js';
import { print, printJson, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { type FilterOptions, filterOf, transactions, withFilter } from './filters.js';
import { transactionRecord } from './records.js';

const LISTED_MAX = 1_000;
const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
const ID = wholeNumber(0, Number.MAX_SAFE_INTEGER);

interface PageOptions extends DataOptions, FilterOptions {
  readonly afterId: number;
  readonly limit?: number;
}

type Record = ReturnType<typeof transactionRecord>;

/** A record's members in the order of columns; PINs by serial. */
const COLUMNS = [
  'id',
  'state',
  'service',
  'product',
  'quantity',
  'amount',
  'currency',
  'merchant',
  'terminal',
  'acquirer',
  'stan',
  'rrn',
  'localDate',
  'localTime',
  'account',
  'reason',
  'approvalCode',
  'supplierReason',
  'originalId',
  'pins',
  'supplier',
  'reference',
  'receivedAt',
  'closedAt',
] as const satisfies readonly (keyof Record)[];

export function registerList(journal: Command): void {
  const paged = (command: Command): Command =>
    withFilter(withData(command)).option('--after-id <n>', "behind the journal's own number", ID, 0);
  paged(journal.command('list').description('transactions by filter, oldest first'))
    .option('--limit <n>', 'at most so many', wholeNumber(1, LISTED_MAX), 100)
    .action(list);
  paged(journal.command('export').description('transactions by filter, on standard output, however many'))
    .addOption(new Option('--format <format>', 'how').choices(EXPORT_FORMATS).default('csv'))
    .option('--limit <n>', 'at most so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action(exportAll);
}

async function list(options: PageOptions): Promise<void> {
  const { afterId, limit = LISTED_MAX } = options;
  const filter = filterOf(options);
  const records: Record[] = [];
  await withStore(options, async (store) => {
    for await (const page of transactions(store, filter, afterId, limit)) {
      for (const one of page) records.push(transactionRecord(one));
    }
  });
  /** Where the next list goes on; null where this one was the last. */
  const next = records.length < limit ? null : (records.at(-1)?.id ?? null);
  if (options.json) {
    printJson({ transactions: records, next });
    return;
  }
  const head = [
    'id',
    'amount',
    'cur',
    'stan',
    'state',
    'reason',
    'service',
    'product',
    'merchant',
    'terminal',
  ];
  const rows = records.map((one) => [
    String(one.id),
    String(one.amount),
    one.currency,
    one.stan,
    one.state,
    one.reason ?? '-',
    one.service,
    one.product,
    one.merchant,
    one.terminal,
    one.supplier || '-',
    one.receivedAt,
  ]);
  print(table([[...head, 'supplier', 'received'], ...rows], 2));
  if (next !== null) print(`More: --after-id ${next}`);
}

async function exportAll(options: PageOptions & { readonly format: (typeof EXPORT_FORMATS)[number] }) {
  const { afterId, limit = Number.MAX_SAFE_INTEGER, format } = options;
  const filter = filterOf(options);
  const asLine = format === 'csv' ? csvOf : (record: Record) => `${JSON.stringify(record)}\n`;
  if (format === 'csv') await write(csvLine(COLUMNS));
  await withStore(options, async (store) => {
    for await (const page of transactions(store, filter, afterId, limit)) {
      await write(page.map((one) => asLine(transactionRecord(one))).join(''));
    }
  });
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function csvOf(record: Record): string {
  return csvLine(
    COLUMNS.map((name) => {
      const value = record[name];
      if (Array.isArray(value)) return value.map(({ serial }) => serial).join(' ');
      return value === null ? '' : String(value);
    }),
  );
}
