/**
 * `prepaid-switch cutover` closes the business day, also while the switch runs; `prepaid-switch settle` writes a closed
 * day's settlement files, one a merchant and one a supplier. They are made of the journal alone, so they come out byte
 * for byte the same whenever they are made. Each is written beside its place and renamed into it, whole or not at all.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.js';
import { dateAt, isDate } from '../base/dates.js';
import type { Store } from '../store/store.js';
import { NotSo, print, printJson, textOf } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { SettlementFiles } from './settlement-files.js';

/** Closed days looked through: ten years of them. */
const DAYS_MAX = 3_660;
/** Transactions in one page. */
const PAGE_MAX = 1_000;

interface CutoverOptions extends DataOptions {
  readonly day?: string;
  readonly by: string;
}

interface SettleOptions extends DataOptions {
  readonly day: string;
  readonly out: string;
}

const NAMED = textOf(/^[\x20-\x7e]{1,60}$/, 'one to sixty printable characters');

function day(text: string): string {
  const digits = textOf(/^(\d{8}|\d{4}-\d\d-\d\d)$/, 'a day, YYYYMMDD')(text).replaceAll('-', '');
  if (!isDate(digits)) throw new InvalidArgumentError('It must be a day of the calendar, YYYYMMDD.');
  return digits;
}

export function register(program: Command): void {
  withData(program.command('cutover').description('close the business day: what comes later is of the next'))
    .option(
      '--day <YYYYMMDD>',
      'the day that ends, and every open one before it; today (UTC) unless given',
      day,
    )
    .option('--by <name>', 'who closes it', NAMED, 'command')
    .action(cutover);
  withData(program.command('settle').description("write a closed day's settlement files"))
    .requiredOption('--day <YYYYMMDD>', 'the business day, as its cutover names it', day)
    .requiredOption('--out <folder>', 'where to; made where it is not there')
    .addHelpText(
      'after',
      '\nExample:\n  prepaid-switch cutover --day 20261125 --by ann\n  prepaid-switch settle --day 20261125 --out settlement',
    )
    .action(settle);
}

async function cutover({ by, ...options }: CutoverOptions): Promise<void> {
  const today = dateAt(systemClock.now(), 0);
  const closes = options.day ?? today;
  // A day ahead for places east of Greenwich.
  if (closes > dateAt(systemClock.now() + 86_400_000, 0))
    throw new NotSo(`cutover: ${closes} is no day that could have ended`);
  const { kind, cutover: record } = await withStore(options, (store) => store.cutover(closes, by));
  if (options.json) printJson({ closed: kind === 'closed', day: record.day, at: record.at, by: record.by });
  else if (kind === 'closed') print(`${record.day} closed`);
  if (kind === 'closed-before') throw new NotSo(`cutover: ${record.day} was closed before, by ${record.by}`);
}

async function settle(options: SettleOptions): Promise<void> {
  const files = await withStore(options, (store) => writeFiles(store, options));
  if (options.json) {
    printJson({ day: options.day, files });
    return;
  }
  const rows = files.map(({ file, rows: count }) => [String(count), file]);
  print(table([['rows', 'file'], ...rows], 1));
}

async function writeFiles(store: Store, options: SettleOptions) {
  const closed = (await store.cutovers(DAYS_MAX)).find((one) => one.day === options.day);
  if (!closed) throw new NotSo(`settle: no cutover has closed ${options.day}`);
  const files = new SettlementFiles(options.out, options.day);
  try {
    const { sales, settlings } = closed;
    for (let after = sales.after; after < sales.last; ) {
      const page = await store.soldAtOnce({ after, last: sales.last }, PAGE_MAX);
      for (const one of page.settled) files.add(one);
      after = page.after;
    }
    for (let after = settlings.after; after < settlings.last; ) {
      const page = await store.settledLater({ after, last: settlings.last }, PAGE_MAX);
      for (const one of page.settled) files.add(one);
      after = page.after;
    }
    return files.finish();
  } finally {
    files.abandon();
  }
}
