/**
 * `prepaid-switch simulate supplier`: a supplier to test against, as a process of its own. Prints
 * `ready PORT control PORT` when it serves; SIGTERM and SIGINT end it. With --check it serves nobody, and holds its ledger
 * against a switch's journal.
 */
import { type Command, Option } from 'commander';
import type { SupplierCheck } from '../tools/supplier/check.js';
import { EXIT, print, printJson, UsageError, wholeNumber } from './command.js';
import { hasJournal, type JournalOptions, settled, violationLines, withJournal } from './journalSource.js';
import { registerTerminals } from './simulate-terminals.js';
import { registerVendor } from './simulate-vendor.js';
import { type RunningSimulator, untilSignalled } from './simulators.js';

interface SupplierOptions extends JournalOptions {
  readonly kind: 'http' | 'iso8583';
  readonly host: string;
  readonly port: number;
  readonly controlPort: number;
  readonly ledger?: string;
  readonly token?: string;
  readonly format: string;
  readonly framing: string;
  readonly behaviours?: boolean;
  readonly as?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  prepaid-switch simulate supplier --kind http --port 8591 --ledger orders.jsonl
  prepaid-switch simulate supplier --kind iso8583 --port 8592 --format iso87-bcd --framing ascii
  prepaid-switch simulate supplier --behaviours
  prepaid-switch simulate supplier --check --ledger orders.jsonl --data data --as topup-http

--check: value that was given stands approved in the journal, with the same amount, or its end is open; what was taken
back or never given stands approved nowhere; nothing was given twice. With --as also: what the journal has approved at
this supplier, the ledger gave (without it, from the first order on that both know).`;

export function register(program: Command): void {
  const simulate = program
    .command('simulate')
    .description('run a simulator of what the switch or the hub talks to');
  registerTerminals(simulate);
  registerVendor(simulate);
  const command = simulate
    .command('supplier')
    .description(
      'a supplier that approves, declines, delays, drops, answers late or twice, and keeps a ledger',
    )
    .addOption(new Option('--kind <kind>', 'what it speaks').choices(['http', 'iso8583']).default('http'))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to serve on; 0 for any that is free', wholeNumber(0, 65_535), 0)
    .option('--control-port <n>', 'port of its control (HTTP); 0 for any', wholeNumber(0, 65_535), 0)
    .option('--ledger <file>', 'keep the ledger in this file, across restarts')
    .option('--token <token>', 'bearer token that every request must carry (http)')
    .option('--format <name>', 'ISO 8583 format, by name or file (iso8583)', 'iso87-ascii')
    .option('--framing <name>', 'framing, by name (iso8583)', 'length2')
    .option('--behaviours', 'list what it can be made to do, and how');
  withJournal(command, 'the ledger')
    .option('--as <name>', "its name in the switch's configuration (with --check)")
    .option('--json', 'print one JSON object (with --check)')
    .addHelpText('after', EXAMPLES)
    .action(supplier);
}

async function supplier(options: SupplierOptions): Promise<void> {
  if (options.behaviours) {
    const { describeBehaviours } = await import('../tools/supplier/behaviour.js');
    print(describeBehaviours());
    return;
  }
  if (options.check) await check(options);
  else if (options.data !== undefined || options.journal !== undefined) {
    throw new UsageError('--data and --journal go with --check');
  } else untilSignalled(await start(options));
}

async function check(options: SupplierOptions): Promise<void> {
  const { ledger, as: name, json } = options;
  hasJournal(options);
  if (ledger === undefined) throw new UsageError('--check needs --ledger FILE');
  const { checkSupplier } = await import('../tools/supplier/check.js');
  const { violations, ...counts } = await settled(options, 0, (rows) => checkSupplier(ledger, rows, name));
  if (violations.count > 0) process.exitCode = EXIT.notSo;
  if (json) printJson({ ...counts, violations: violations.count, first: violations.first });
  else print([countsText(counts), ...violationLines(violations)].join('\n'));
}

function countsText(counts: Omit<SupplierCheck, 'violations'>): string {
  const { references, standing, reversed, journalRows, open, keptBack } = counts;
  return [
    `Ledger against the journal: ${references} references, ${standing} given, ${reversed} taken back`,
    `In the journal: ${journalRows} of them, ${open} open, ${keptBack} with PINs that the switch keeps back`,
  ].join('\n');
}

async function start(options: SupplierOptions): Promise<RunningSimulator> {
  const { host, port, controlPort, ledger, token, format, framing } = options;
  const common = { host, port, controlPort, ...(ledger === undefined ? {} : { ledgerFile: ledger }) };
  if (options.kind === 'iso8583') {
    const { startIso8583Supplier } = await import('../tools/supplier/iso8583.js');
    return startIso8583Supplier({ ...common, format, framing });
  }
  const { startHttpSupplier } = await import('../tools/supplier/http.js');
  return startHttpSupplier({ ...common, ...(token === undefined ? {} : { token }) });
}
