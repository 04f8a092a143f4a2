/** `prepaid-switch stock export`: PINs out of the system, in clear, once two operators have approved with their keys. */
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { replaceDurably } from '../base/durable.js';
import { systemRandom } from '../base/random.js';
import type { PinExport, Store } from '../store/store.js';
import { NotSo, print, printJson, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { refuseAtMember } from './member.js';
import { operatorKey } from './operator.js';

/** PINs of one export. */
const COUNT_MAX = 100_000;
const LISTED_MAX = 1_000;

interface RequestOptions extends DataOptions {
  readonly product: string;
  readonly count: number;
  readonly by: string;
  readonly why: string;
}

const HELP = `
Nobody exports alone: a request is approved by two different operators, each with a key of their own
(see operator --help). What was taken is void here, and never sold. Each step stands in the audit trail.

Examples:
  prepaid-switch stock export request --product TALK10 --count 100 --by ann --why "returned to the supplier"
  PREPAID_SWITCH_PASSPHRASE=… prepaid-switch stock export approve 1 --key ann.pem
  PREPAID_SWITCH_PASSPHRASE=… prepaid-switch stock export approve 1 --key bob.pem
  prepaid-switch stock export take 1 --to pins.csv`;

export function registerExport(stock: Command): void {
  const pins = stock
    .command('export')
    .description('PINs out of the system, approved by two operators')
    .addHelpText('after', HELP);
  withData(pins.command('request').description('ask for it'))
    .requiredOption('--product <code>', 'of which product')
    .requiredOption('--count <n>', 'how many', wholeNumber(1, COUNT_MAX))
    .requiredOption('--by <name>', 'who asks')
    .requiredOption('--why <text>', 'the reason, kept')
    .action(request);
  withData(pins.command('approve <id>').description('approve it with your key'))
    .requiredOption('--key <file>', "the operator's own")
    .action(approve);
  withData(
    pins.command('take <id>').description('write them to a file, in clear; they are void from then on'),
  )
    .requiredOption('--to <file>', 'product,pin,serial,expiry; only its owner can read it')
    .action(take);
  withData(pins.command('list').description('requests, latest first')).action(list);
}

async function request({ product, count, by, why, ...options }: RequestOptions): Promise<void> {
  const id = await withStore(options, async (store) => {
    await refuseAtMember(store, 'stock comes');
    return store.requestExport({ product, count, why, requestedBy: by, at: systemClock.now() });
  });
  if (options.json) printJson({ id });
  else print(`export ${id}: waits for two approvals`);
}

async function wantedOf(store: Store, id: string): Promise<PinExport> {
  const number = wholeNumber(1, Number.MAX_SAFE_INTEGER)(id);
  const wanted = await store.exportOf(number);
  if (!wanted) throw new NotSo(`stock export: there is no request ${id}`);
  return wanted;
}

async function approve(id: string, { key: file, ...options }: DataOptions & { key: string }): Promise<void> {
  const { publicKeyOf, signExport } = await import('../stock/exporting.js');
  const key = await operatorKey(file);
  const approved = await withStore(options, async (store) => {
    const wanted = await wantedOf(store, id);
    const operator = (await store.operators()).find(({ publicKey }) => publicKey === publicKeyOf(key));
    if (!operator) throw new NotSo("stock export: this key is no operator's here; operator add");
    const approval = { operator: operator.name, signature: signExport(wanted, key), at: systemClock.now() };
    return { result: await store.approveExport(wanted.id, approval), wanted, by: operator.name };
  });
  if (approved.result !== 'approved') throw new NotSo(`stock export: ${WORDS[approved.result]}`);
  const { product, count, why } = approved.wanted;
  if (options.json) printJson({ id: approved.wanted.id, by: approved.by });
  else print(`${approved.by} approves: ${count} of ${product}, ${why}`);
}

const WORDS = {
  unknown: 'there is no such request',
  taken: 'it was taken already',
  'no-operator': 'this operator was removed',
  'approved-before': 'this operator has approved it before',
} as const;

async function take(id: string, { to, ...options }: DataOptions & { to: string }): Promise<void> {
  const { dataFolder } = await import('../app/data.js');
  const { openKeys } = await import('../app/keys.js');
  const { openVault } = await import('../stock/vault.js');
  const { isSignedBy } = await import('../stock/exporting.js');
  const { dateAt } = await import('../base/dates.js');
  const folder = dataFolder(options.data);
  const written = await withStore(options, async (store) => {
    await refuseAtMember(store, 'stock comes');
    const wanted = await wantedOf(store, id);
    const operators = new Map((await store.operators()).map((one) => [one.name, one]));
    for (const { operator: name, signature } of wanted.approvals) {
      const operator = operators.get(name);
      if (!operator || !isSignedBy(wanted, signature, operator))
        throw new NotSo(
          `stock export: the approval of ${name} does not stand: it was not signed with that key`,
        );
    }
    const vault = await openVault(store, await openKeys(store, folder, systemRandom), systemRandom);
    const result = await store.takeExport(wanted.id, dateAt(systemClock.now(), 0));
    if (result.kind === 'unapproved') throw new NotSo('stock export: it waits for two approvals');
    if (result.kind === 'short') throw new NotSo(`stock export: only ${result.available} are in stock`);
    if (result.kind !== 'taken') throw new NotSo('stock export: there is no such request');
    const { product, pins } = result;
    const rows = pins.map(
      (pin) => `${product},${vault.openPin(pin, product)},${pin.serial},${dashed(pin.expiry)}`,
    );
    replaceDurably(to, `${rows.join('\n')}\n`);
    return rows.length;
  });
  if (options.json) printJson({ id: Number(id), written });
  else print(`${written} PINs in ${to}, in clear`);
}

function dashed(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

async function list(options: DataOptions): Promise<void> {
  const found = await withStore(options, (store) => store.exports(LISTED_MAX));
  const rows = found.map(({ approvals, ...one }) => ({
    ...one,
    approvedBy: approvals.map(({ operator }) => operator),
  }));
  if (options.json) return printJson({ exports: rows });
  const cells = rows.map((one) => [
    String(one.id),
    one.product,
    String(one.count),
    one.requestedBy,
    one.approvedBy.join(', '),
    one.isTaken ? 'taken' : '',
    one.why,
  ]);
  print(table([['id', 'product', 'PINs', 'by', 'approved by', '', 'why'], ...cells], 1));
}
