/**
 * `prepaid-switch journal doubtful | resolve`: which transactions are in doubt and what is being done about each; and
 * ending one by hand, by somebody who asked the supplier. A running switch finds it ended, and sends no more of it.
 */
import { type Command, Option } from 'commander';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import type { ResolveResult, StoredTransaction } from '../store/store.js';
import { EXIT, NotSo, print, printJson, textOf, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { forwardingRecord, resolutionRecord, transactionRecord } from './records.js';

const FOUND_MAX = 1_000;
const NAMED = textOf(/^[\x20-\x7e]{1,60}$/, 'one to sixty printable characters');
const WHY = textOf(/^\P{Cc}{1,200}$/u, 'one to two hundred characters of text');

interface ResolveOptions extends DataOptions {
  readonly as: 'done' | 'undone';
  readonly by: string;
  readonly why: string;
}

type Open = ReturnType<typeof openRecord>;
type Due = ReturnType<typeof dueRecord>;

export function registerDoubt(journal: Command): void {
  withData(
    journal
      .command('doubtful')
      .description('transactions whose outcome is open, and what must still be told to suppliers'),
  )
    .option('--limit <n>', 'at most so many forwardings', wholeNumber(1, FOUND_MAX), 100)
    .action(doubtful);
  withData(journal.command('resolve').description('end the doubt about a transaction by hand; recorded'))
    .argument('<id>', "the journal's own number", wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option('--as <end>', 'what its supplier did, for certain')
        .choices(['done', 'undone'])
        .makeOptionMandatory(),
    )
    .requiredOption('--by <name>', 'who decides', NAMED)
    .requiredOption('--why <text>', 'how it is known', WHY)
    .action(resolve);
}

async function doubtful(options: DataOptions & { readonly limit: number }): Promise<void> {
  const now = systemClock.now();
  const found = await withStore(options, async (store) => ({
    open: (await store.pending()).map((one) => openRecord(one, now)),
    forwardings: (await store.forwardings(options.limit)).map(dueRecord),
  }));
  if (found.open.length === 0 && found.forwardings.length === 0) process.exitCode = EXIT.notSo;
  if (options.json) printJson(found);
  else print(doubtfulText(found.open, found.forwardings));
}

function openRecord(transaction: StoredTransaction, now: number) {
  const until = new Date(transaction.deadlineAt).toISOString();
  const doing =
    transaction.deadlineAt > now
      ? `its supplier is asked, until ${until}`
      : 'nobody works on it: a running switch ends it soon, else the next start';
  return { ...transactionRecord(transaction), doing };
}

function dueRecord(forwarding: Parameters<typeof forwardingRecord>[0]) {
  const record = forwardingRecord(forwarding);
  const what = record.kind === 'inquiry' ? 'is asked what it did' : 'is told to undo it';
  return { ...record, doing: `its supplier ${what}: ${record.attempts} times so far, next ${record.nextAt}` };
}

function doubtfulText(open: readonly Open[], due: readonly Due[]): string {
  const openRows = open.map((one) => [
    String(one.id),
    one.stan,
    one.terminal,
    one.service,
    one.supplier,
    one.reference,
    one.receivedAt,
    one.doing,
  ]);
  const dueRows = due.map(({ transaction, kind, attempts, nextAt, doing }) => [
    String(transaction.id),
    transaction.stan,
    kind,
    transaction.supplier,
    transaction.reference,
    String(attempts),
    nextAt,
    doing,
  ]);
  const blocks: string[] = [];
  if (openRows.length > 0) {
    const head = ['id', 'stan', 'terminal', 'service', 'supplier', 'reference', 'received', 'what is done'];
    blocks.push(`Outcome open:\n${table([head, ...openRows], 1)}`);
  }
  if (dueRows.length > 0) {
    const head = ['id', 'stan', 'kind', 'supplier', 'reference', 'attempts', 'next', 'what is done'];
    blocks.push(`Due at suppliers:\n${table([head, ...dueRows], 1)}`);
  }
  return blocks.join('\n\n') || 'Nothing is in doubt.';
}

async function resolve(id: number, { as, by, why, ...options }: ResolveOptions): Promise<void> {
  const { Names } = await import('../switch/names.js');
  const { storedApproval, storedRefusal } = await import('../switch/records.js');
  const approved = storedApproval(new Names(systemClock, systemRandom).approvalCode());
  const result = await withStore(options, (store) =>
    store.resolve({ id, as, by, why, at: systemClock.now(), approved, declined: storedRefusal('late') }),
  );
  if (result.kind !== 'resolved') throw new NotSo(`journal resolve: ${refusal(id, result)}`);
  const record = resolutionRecord(result.resolution);
  if (options.json) printJson({ id, ...record });
  else print(`${id}: ${record.from} to ${record.to}`);
}

function refusal(id: number, result: Exclude<ResolveResult, { kind: 'resolved' }>): string {
  switch (result.kind) {
    case 'unknown':
      return `${id}: no such transaction`;
    case 'not-doubtful':
      return `${id} is ${result.state}, and not in doubt`;
    case 'under-way':
      return `${id}: its supplier is being asked, until ${new Date(result.until).toISOString()}`;
    case 'no-pin':
      return `${id} is a PIN sale: a PIN that its supplier may have issued is not here, so it can only be undone`;
  }
}
