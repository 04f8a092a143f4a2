/**
 * The options by which `journal` and `report` choose transactions, and reading what they choose page by page: in
 * memory is one page, whatever the journal holds.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isDate } from '../base/dates.js';
import { REASONS } from '../domain/reason.js';
import { STATES, type TransactionState } from '../domain/transaction.js';
import type { JournalFilter, Store, StoredTransaction } from '../store/store.js';
import { UsageError, wholeNumber } from './command.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const OFFSET_MAX = 840;
/** Transactions in one page. */
const PAGE_MAX = 1_000;

/** A day, or a moment in milliseconds since the epoch. */
interface When {
  readonly day?: string;
  readonly moment?: number;
}

export interface FilterOptions {
  readonly day?: When;
  readonly from?: When;
  readonly to?: When;
  readonly utcOffset: number;
  readonly merchant?: string;
  readonly terminal?: string;
  readonly product?: string;
  readonly supplier?: string;
  readonly service?: string;
  readonly state?: TransactionState;
  readonly reason?: string;
}

export function withFilter(command: Command): Command {
  return command
    .option('--day <YYYYMMDD>', 'received on that day', dayOnly)
    .option('--from <when>', 'received from then on: a day, or a moment such as 2026-11-25T10:00:00Z', when)
    .option('--to <when>', 'received before that moment, or until the end of that day', when)
    .option('--utc-offset <minutes>', 'where days begin, minutes east of UTC', offset, 0)
    .option('--merchant <id>', 'of this merchant')
    .option('--terminal <id>', 'of this terminal')
    .option('--product <code>', 'of this product')
    .option(
      '--supplier <name>',
      'performed by this supplier; stock: our own PINs; ledger: accounts managed here',
    )
    .option('--service <word>', 'of this service, such as pin-sale or reversal')
    .addOption(new Option('--state <state>', 'in this state').choices(STATES))
    .addOption(new Option('--reason <reason>', 'that ended so').choices(REASONS));
}

function when(text: string): When {
  const day = text.replaceAll('-', '');
  if (isDate(day)) return { day };
  const moment = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) {
    throw new InvalidArgumentError('It must be a day (20261125) or a moment (2026-11-25T10:00:00Z).');
  }
  return { moment };
}

function dayOnly(text: string): When {
  const parsed = when(text);
  if (parsed.day === undefined) throw new InvalidArgumentError('It must be a day, such as 20261125.');
  return parsed;
}

function offset(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * wholeNumber(0, OFFSET_MAX)(text.replace(/^[+-]/, ''));
}

export function filterOf(options: FilterOptions): JournalFilter {
  const { day, from, to, utcOffset } = options;
  if (day && (from || to)) throw new UsageError('--day stands alone, without --from and --to');
  const begin = day ?? from;
  const end = day ?? to;
  return {
    from: begin ? (begin.moment ?? startOf(begin.day ?? '', utcOffset)) : 0,
    to: end ? (end.moment ?? startOf(end.day ?? '', utcOffset) + DAY_MS) : 0,
    merchant: options.merchant ?? '',
    terminal: options.terminal ?? '',
    product: options.product ?? '',
    supplier: options.supplier ?? '',
    service: options.service ?? '',
    state: options.state ?? '',
    reason: options.reason ?? '',
  };
}

function startOf(day: string, utcOffset: number): number {
  const utc = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);
  return utc - utcOffset * MINUTE_MS;
}

/** What fits, by id, ascending, behind the id `after`; ends after `max`. */
export async function* transactions(
  store: Store,
  filter: JournalFilter,
  after: number,
  max: number,
): AsyncGenerator<readonly StoredTransaction[]> {
  const whole = await store.span(filter.from, filter.to);
  let at = Math.max(after, whole.after);
  for (let left = max; left > 0 && at < whole.last; ) {
    const limit = Math.min(left, PAGE_MAX);
    const page = await store.page({ filter, after: at, last: whole.last, limit });
    if (page.transactions.length > 0) yield page.transactions;
    left -= page.transactions.length;
    at = page.after;
  }
}
