/**
 * `prepaid-switch hub orders`: what the hub has ordered from vendors, and the decision to give an order up. Works on the
 * hub's database, also while it runs. An order that is given up is asked after no more: what a vendor delivers all the
 * same is not fetched, and the product may be ordered anew.
 */
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import type { VendorOrder } from '../store/store.js';
import { NotSo, print, printJson, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';

const LISTED_MAX = 10_000;

interface ListOptions extends DataOptions {
  readonly limit: number;
  readonly open?: boolean;
}

interface CancelOptions extends DataOptions {
  readonly by: string;
  readonly why: string;
}

export function register(hub: Command): void {
  const orders = hub.command('orders').description('PINs ordered from vendors');
  withData(orders.command('list').description('orders, latest first, and what they have brought'))
    .option('--limit <n>', 'at most so many', wholeNumber(1, LISTED_MAX), 100)
    .option('--open', 'only those from which PINs may still come')
    .action(list);
  withData(
    orders.command('cancel <reference>').description('give an order up: nothing of it is taken in any more'),
  )
    .requiredOption('--by <name>', 'who decides')
    .requiredOption('--why <text>', 'the reason, kept with the order')
    .action(cancel);
}

async function list({ limit, open = false, ...options }: ListOptions): Promise<void> {
  const orders = await withStore(options, async (store) =>
    open ? [...(await store.orderBook()).open].reverse().slice(0, limit) : store.orders(limit),
  );
  if (options.json) {
    printJson({ orders: orders.map(shown) });
    return;
  }
  const head = [
    'reference',
    'vendor',
    'product',
    'state',
    'ordered',
    'taken in',
    'refused',
    'since',
    'by',
    'why',
  ];
  print(table([head, ...orders.map(row)], 0));
}

function shown({ id: _, ...order }: VendorOrder): object {
  const { intendedAt, acceptedAt, deliveredAt, closedAt, deliveries } = order;
  return {
    ...order,
    intendedAt: instant(intendedAt),
    acceptedAt: instant(acceptedAt),
    deliveredAt: instant(deliveredAt),
    closedAt: instant(closedAt),
    deliveries: deliveries.map(({ at, ...delivery }) => ({ ...delivery, at: instant(at) })),
  };
}

function row(order: VendorOrder): string[] {
  const { reference, vendor, product, state, quantity, taken, refused, intendedAt, by, why } = order;
  const counts = [quantity, taken, refused].map(String);
  return [reference, vendor, product, state, ...counts, instant(intendedAt) ?? '', by, why];
}

/** Null for 0, which stands for "not yet". */
function instant(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}

async function cancel(reference: string, options: CancelOptions): Promise<void> {
  const { by, why } = options;
  const at = systemClock.now();
  const result = await withStore(options, (store) =>
    store.moveOrder({ reference, to: 'cancelled', by, why, at }),
  );
  if (result.kind === 'unknown') throw new UsageError(`REFERENCE: no order is called ${reference}`);
  if (result.kind === 'stands') throw new NotSo(`${reference} is ${result.state}: nothing more comes of it`);
  if (options.json) printJson({ reference, state: 'cancelled' });
  else print(`${reference} is given up`);
}
