/**
 * `prepaid-switch simulate supplier`: a supplier to test against, as a process of its own. Prints
 * `ready PORT control PORT` when it serves; SIGTERM and SIGINT end it.
 */
import { type Command, Option } from 'commander';
import { print, wholeNumber } from './command.js';
import { registerVendor } from './simulate-vendor.js';
import { type RunningSimulator, untilSignalled } from './simulators.js';

interface SupplierOptions {
  readonly kind: 'http' | 'iso8583';
  readonly host: string;
  readonly port: number;
  readonly controlPort: number;
  readonly ledger?: string;
  readonly token?: string;
  readonly format: string;
  readonly framing: string;
  readonly behaviours?: boolean;
}

const EXAMPLES = `
Examples:
  prepaid-switch simulate supplier --kind http --port 8591 --ledger orders.jsonl
  prepaid-switch simulate supplier --kind iso8583 --port 8592 --format iso87-bcd --framing ascii
  prepaid-switch simulate supplier --behaviours`;

export function register(program: Command): void {
  const simulate = program
    .command('simulate')
    .description('run a simulator of what the switch or the hub talks to');
  registerVendor(simulate);
  simulate
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
    .option('--behaviours', 'list what it can be made to do, and how')
    .addHelpText('after', EXAMPLES)
    .action(supplier);
}

async function supplier(options: SupplierOptions): Promise<void> {
  if (options.behaviours) {
    const { describeBehaviours } = await import('../tools/supplier/behaviour.js');
    print(describeBehaviours());
    return;
  }
  untilSignalled(await start(options));
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
