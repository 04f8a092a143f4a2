/**
 * The journal that books are held against: the data folder of a switch, also while it runs, or a file that
 * `journal export --format jsonl` wrote. What has not ended yet in a data folder is waited for.
 */
import type { Command } from 'commander';
import type { JournalFilter } from '../store/store.js';
import type { JournalRecord } from '../tools/books/journal.js';
import { type Violations, violationText } from '../tools/books/violations.js';
import { UsageError, wholeNumber } from './command.js';
import { withStore } from './data.js';
import { transactions } from './filters.js';
import { transactionRecord } from './records.js';

const LOOK_MS = 500;
const SETTLE_MAX_S = 86_400;
const SHOWN_MAX = 10;
/** Chooses all. */
export const NO_FILTER: JournalFilter = {
  from: 0,
  to: 0,
  merchant: '',
  terminal: '',
  product: '',
  supplier: '',
  service: '',
  state: '',
  reason: '',
};

export interface JournalOptions {
  readonly data?: string;
  readonly journal?: string;
  readonly check?: boolean;
  readonly settle: number;
}

export function withJournal(command: Command, what: string): Command {
  return command
    .option('--check', `only hold ${what} against the journal: exit code 1 where they differ`)
    .option('--data <folder>', "the switch's data folder, for its journal; also while the switch runs")
    .option('--journal <file>', 'its journal as `journal export --format jsonl` wrote it (with --check)')
    .option(
      '--settle <seconds>',
      'how long to wait for what has not ended in the journal',
      wholeNumber(0, SETTLE_MAX_S),
      30,
    );
}

/** True where there is a journal to hold something against. */
export function hasJournal({ data, journal, check }: JournalOptions): boolean {
  if (data !== undefined && journal !== undefined) throw new UsageError('one of --data and --journal');
  if (journal !== undefined && !check) throw new UsageError('--journal goes with --check');
  if (check && data === undefined && journal === undefined) {
    throw new UsageError('--check needs --data FOLDER or --journal FILE');
  }
  return data !== undefined || journal !== undefined;
}

/** Throws where there is no journal, before a run of an hour is held against it. */
export async function proveJournal({ data }: JournalOptions): Promise<void> {
  if (data !== undefined) await withStore({ data }, async () => {});
}

/** Checks, and where something is open still, again until it has ended or time is out. `from`: rows received since. */
export async function settled<T extends { readonly open: number }>(
  { data, journal, settle }: JournalOptions,
  from: number,
  check: (rows: AsyncIterable<JournalRecord>) => Promise<T>,
): Promise<T> {
  if (journal !== undefined) {
    const { readJournal } = await import('../tools/books/journal.js');
    return check(readJournal(journal));
  }
  const until = performance.now() + settle * 1_000;
  return withStore(data === undefined ? {} : { data }, async (store) => {
    async function* rows(): AsyncGenerator<JournalRecord> {
      for await (const page of transactions(store, { ...NO_FILTER, from }, 0, Number.MAX_SAFE_INTEGER)) {
        for (const one of page) yield transactionRecord(one);
      }
    }
    for (;;) {
      const result = await check(rows());
      if (result.open === 0 || performance.now() >= until) return result;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  });
}

export function violationLines(violations: Violations): readonly string[] {
  const { count, first } = violations;
  if (count === 0) return ['no violation'];
  const shown = first.slice(0, SHOWN_MAX).map((one) => `  ${violationText(one)}`);
  return [
    `${count} violation${count === 1 ? '' : 's'}`,
    ...shown,
    ...(count > shown.length ? [`  and ${count - shown.length} more`] : []),
  ];
}
