/**
 * `prepaid-switch report`: sales, stock and commission, summed up by day, merchant, terminal, product or supplier. The
 * store sums portion by portion, and only the groups are kept here: at most `GROUPS_MAX`. Works on the database
 * itself, also while the switch runs. Amounts in minor units.
 */
import { type Command, InvalidArgumentError } from 'commander';
import {
  COMMISSION_FIGURES,
  GROUP_KEYS,
  type GroupKey,
  SALES_FIGURES,
  type SumPortion,
  type SumQuery,
} from '../store/reportVerbs.js';
import type { Store } from '../store/store.js';
import { NotSo, print, printJson } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { type FilterOptions, filterOf, withFilter } from './filters.js';

/** Lines of one report. */
const GROUPS_MAX = 100_000;
const STOCK_KEYS = ['product', 'supplier'] as const;
type StockKey = (typeof STOCK_KEYS)[number];

interface SumOptions extends DataOptions, FilterOptions {
  readonly by: readonly GroupKey[];
}

interface StockOptions extends DataOptions {
  readonly by: readonly StockKey[];
}

const EXAMPLES = `
Examples:
  prepaid-switch report sales --by day,product --from 20261101 --to 20261130
  prepaid-switch report commission --by merchant --day 20261125 --json
  prepaid-switch report stock --by product,supplier`;

export function register(program: Command): void {
  const report = program
    .command('report')
    .description('sums of sales, stock and commission')
    .addHelpText('after', EXAMPLES);
  const sums = (name: string, about: string): Command =>
    withFilter(withData(report.command(name).description(about))).option(
      '--by <keys>',
      `one line for each: ${GROUP_KEYS.join(', ')}, comma-separated`,
      keysOf(GROUP_KEYS),
      ['day', 'product'],
    );
  sums('sales', 'what stands, what was undone, what was declined').action(sales);
  sums('commission', 'what sales that stand earned their merchants').action(commission);
  withData(report.command('stock').description('PINs by custody'))
    .option(
      '--by <keys>',
      `one line for each: ${STOCK_KEYS.join(', ')}, comma-separated`,
      keysOf(STOCK_KEYS),
      ['product'],
    )
    .action(stock);
}

function keysOf<K extends string>(known: readonly K[]): (text: string) => readonly K[] {
  return (text) =>
    [...new Set(text.split(','))].map((word) => {
      const key = known.find((one) => one === word);
      if (!key) throw new InvalidArgumentError(`It must be some of ${known.join(', ')}, comma-separated.`);
      return key;
    });
}

function sales(options: SumOptions): Promise<void> {
  return reportSums(options, SALES_FIGURES, (store, query) => store.sumSales(query));
}

function commission(options: SumOptions): Promise<void> {
  return reportSums(options, COMMISSION_FIGURES, (store, query) => store.sumCommission(query));
}

async function reportSums(
  options: SumOptions,
  figures: readonly string[],
  portion: (store: Store, query: SumQuery) => Promise<SumPortion>,
): Promise<void> {
  const { by, utcOffset: utcOffsetMinutes } = options;
  const filter = filterOf(options);
  const groups = new Groups(figures.length);
  await withStore(options, async (store) => {
    const { after: begin, last } = await store.span(filter.from, filter.to);
    for (let after = begin; after < last; ) {
      const part = await portion(store, { filter, by, utcOffsetMinutes, after, last });
      for (const { keys, currency, figures: values } of part.lines) groups.add([...keys, currency], values);
      after = part.after;
    }
  });
  tell(options, [...by, 'currency'], figures, groups);
}

async function stock(options: StockOptions): Promise<void> {
  const groups = new Groups(1);
  await withStore(options, async (store) => {
    let after = 0;
    do {
      const part = await store.sumStock(after);
      for (const line of part.lines) {
        groups.add([...options.by.map((key) => line[key]), line.custody], [line.count]);
      }
      after = part.after;
    } while (after > 0);
  });
  tell(options, [...options.by, 'custody'], ['pins'], groups);
}

/** Sums by keys; told in the order of the keys. */
class Groups {
  readonly #width: number;
  readonly #sums = new Map<string, { readonly keys: readonly string[]; readonly figures: number[] }>();

  constructor(width: number) {
    this.#width = width;
  }

  add(keys: readonly string[], figures: readonly number[]): void {
    const name = keys.join('\u001f');
    let group = this.#sums.get(name);
    if (!group) {
      if (this.#sums.size >= GROUPS_MAX)
        throw new NotSo(`report: more than ${GROUPS_MAX} lines; choose fewer keys or a shorter time`);
      group = { keys, figures: Array<number>(this.#width).fill(0) };
      this.#sums.set(name, group);
    }
    for (const [at, figure] of figures.entries()) group.figures[at] = (group.figures[at] ?? 0) + figure;
  }

  rows(): { readonly keys: readonly string[]; readonly figures: readonly number[] }[] {
    return [...this.#sums.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  }
}

function tell(options: DataOptions, keys: readonly string[], figures: readonly string[], groups: Groups) {
  const rows = groups.rows();
  if (options.json) {
    const named = rows.map((row) =>
      Object.fromEntries([
        ...keys.map((key, at) => [key, row.keys[at]]),
        ...figures.map((figure, at) => [figure, row.figures[at]]),
      ]),
    );
    printJson({ lines: named });
    return;
  }
  const lines = rows.map((row) => [...row.figures.map(String), ...row.keys]);
  print(table([[...figures, ...keys], ...lines], figures.length));
}
