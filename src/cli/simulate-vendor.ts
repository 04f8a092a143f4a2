/**
 * `prepaid-switch simulate vendor`: a vendor of PINs for a hub to order from, as a process of its own. Prints
 * `ready PORT control PORT` when it serves; SIGTERM and SIGINT end it.
 */
import type { Command } from 'commander';
import { print, wholeNumber } from './command.js';
import { untilSignalled } from './simulators.js';

interface VendorOptions {
  readonly host: string;
  readonly port: number;
  readonly controlPort: number;
  readonly ledger?: string;
  readonly token?: string;
  readonly leadMs: number;
  readonly parts: number;
  readonly partMs: number;
  readonly behaviours?: boolean;
}

const EXAMPLES = `
Examples:
  prepaid-switch simulate vendor --port 8595 --ledger vendor.jsonl --lead-ms 5000 --parts 3 --part-ms 2000
  prepaid-switch simulate vendor --behaviours`;

/** Milliseconds, orders' parts. */
const MS_MAX = 86_400_000;
const PARTS_MAX = 1_000;

export function registerVendor(simulate: Command): void {
  simulate
    .command('vendor')
    .description('a vendor that a hub orders PINs from: delays, parts, the same batch twice, and a ledger')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to serve on; 0 for any that is free', wholeNumber(0, 65_535), 0)
    .option('--control-port <n>', 'port of its control (HTTP); 0 for any', wholeNumber(0, 65_535), 0)
    .option('--ledger <file>', 'keep the ledger in this file, across restarts; PINs stand in it in clear')
    .option('--token <token>', 'bearer token that every request must carry')
    .option('--lead-ms <n>', 'from an order to its first delivery', wholeNumber(0, MS_MAX), 0)
    .option('--parts <n>', 'deliveries of an order', wholeNumber(1, PARTS_MAX), 1)
    .option('--part-ms <n>', 'between two of them', wholeNumber(0, MS_MAX), 0)
    .option('--behaviours', 'list what it can be made to do over its control port')
    .addHelpText('after', EXAMPLES)
    .action(vendor);
}

async function vendor(options: VendorOptions): Promise<void> {
  if (options.behaviours) {
    const { describeVendorBehaviours } = await import('../tools/vendor/behaviour.js');
    print(describeVendorBehaviours());
    return;
  }
  const { startVendor } = await import('../tools/vendor/server.js');
  const { host, port, controlPort, ledger, token, leadMs, parts, partMs } = options;
  const running = await startVendor({
    host,
    port,
    controlPort,
    plan: { delayMs: leadMs, parts, partMs },
    ...(ledger === undefined ? {} : { ledgerFile: ledger }),
    ...(token === undefined ? {} : { token }),
  });
  untilSignalled(running);
}
