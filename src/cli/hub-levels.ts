/**
 * `prepaid-switch hub levels`: per product and switch what the hub wants to lie there, what does, what is under way, and
 * what was asked for. Reads the hub's database, also while the hub runs.
 */
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import type { Store } from '../store/store.js';
import { print, printJson } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';

interface LevelsOptions extends DataOptions {
  readonly watch?: boolean;
}

/** Of one product at one switch; at the hub itself, `switch` is null. */
interface Line {
  readonly product: string;
  readonly switch: string | null;
  /** As the hub's last round decided; null at the hub. */
  readonly desired: number | null;
  readonly there: number;
  readonly underWay: number;
  /** In the last 24 hours: sold, and asked for in vain. */
  readonly sold: number;
  readonly missed: number;
}

const DAY_MS = 86_400_000;
const WATCH_EVERY_MS = 1_000;
/** Cursor to the top left, and everything below it away. */
const CLEAR = '\x1b[H\x1b[J';

export function registerLevels(hub: Command): void {
  withData(hub.command('levels'))
    .description('desired level, stock, transfers under way and demand of each product at each switch')
    .option('--watch', 'again every second, until interrupted')
    .action(levels);
}

async function levels(options: LevelsOptions): Promise<void> {
  await withStore(options, async (store) => {
    if (!options.watch) return show(await linesOf(store), options);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
    for (;;) {
      const lines = await linesOf(store);
      if (process.stdout.isTTY && !options.json) process.stdout.write(CLEAR);
      show(lines, options);
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
    }
  });
}

function show(lines: readonly Line[], { json }: LevelsOptions): void {
  if (json) {
    printJson({ levels: lines });
    return;
  }
  const cells = lines.map((one) => [
    ...[one.desired ?? '', one.there, one.underWay, one.sold, one.missed].map(String),
    one.switch ?? '(hub)',
    one.product,
  ]);
  const head = ['desired', 'there', 'under way', 'sold 24 h', 'missed 24 h', 'switch', 'product'];
  print(table([head, ...cells], 5));
}

async function linesOf(store: Store): Promise<readonly Line[]> {
  const { desiredLevels } = await import('../hub/keeper/desired.js');
  const [switches, holdings, demand, desired] = await Promise.all([
    store.switches(),
    store.holdings(),
    store.demand(systemClock.now() - DAY_MS),
    desiredLevels(store),
  ]);
  const names = new Map(switches.map(({ id, name }) => [id, name]));
  const lines = new Map<string, { -readonly [K in keyof Line]: Line[K] }>();
  const at = (switchId: number, product: string) => {
    const key = `${product} ${switchId}`;
    const made = {
      ...{ product, switch: names.get(switchId) ?? null, desired: switchId === 0 ? null : 0 },
      ...{ there: 0, underWay: 0, sold: 0, missed: 0 },
    };
    const line = lines.get(key) ?? made;
    lines.set(key, line);
    return line;
  };
  for (const one of desired) at(one.switchId, one.product).desired = one.desired;
  for (const { switchId, product, custody, count } of holdings) {
    if (custody === (switchId === 0 ? 'stock' : 'away')) at(switchId, product).there += count;
    if (switchId !== 0 && custody === 'transit') at(switchId, product).underWay += count;
  }
  for (const { switchId, product, sold, missed } of demand) {
    at(switchId, product).sold += sold;
    at(switchId, product).missed += missed;
  }
  const order = (one: Line): string => `${one.product} ${one.switch ?? ''}`;
  return [...lines.values()].sort((one, other) => (order(one) < order(other) ? -1 : 1));
}
