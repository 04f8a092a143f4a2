/**
 * `prepaid-switch load`: many sales at once, for a time, and how it went. Exit code 0 where any was approved, 1
 * where none was.
 */
import type { Command } from 'commander';
import type { LoadResult } from '../tools/load/run.js';
import { type Address, address, EXIT, print, printJson, textOf, wholeNumber } from './command.js';

interface Options {
  readonly to?: Address;
  readonly bcd?: boolean;
  readonly format?: string;
  readonly tpdu?: string;
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
  readonly product: string;
  readonly account?: string;
  readonly amount?: number;
  readonly currency: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly acquirer: string;
  readonly timeout: number;
  readonly echo?: boolean;
  readonly books?: string;
  readonly json?: boolean;
}

const NOTES = `
The result: sales (approved), perSecond, p50Ms and p99Ms (from a message's leaving to its answer), declined, errors
(no answer, or one that could not be read or matched); declinedBy counts declined answers by DE39.

--books FILE appends one line a fact, columns separated by tabs:
  S ms terminal MMDD hhmmss STAN RRN            a message is about to leave
  A ms terminal MMDD hhmmss STAN RRN HASHES     approved; SHA-256 of each PIN in hexadecimal, separated by commas
  D ms terminal MMDD hhmmss STAN RRN DE39       answered otherwise

Examples:
  prepaid-switch load --connections 128 --in-flight 8 --seconds 10
  prepaid-switch load --to 10.0.0.5:8583 --account 5551234567 --amount 500 --product TOPUP --json

Two runs at the same time need a --terminal each: their STANs may meet.`;

export function register(program: Command): void {
  program
    .command('load')
    .description('send sales over many connections at once, and measure')
    .option('--to <host:port>', 'where to (127.0.0.1:8583; with --bcd 127.0.0.1:8584)', address)
    .option('--connections <n>', 'connections', wholeNumber(1, 10_000), 16)
    .option('--in-flight <n>', 'messages in flight on each connection', wholeNumber(1, 1_000), 1)
    .option('--seconds <n>', 'how long to send', wholeNumber(1, 86_400), 10)
    .option('--bcd', 'BCD behind a TPDU: --format iso87-bcd --tpdu 6000010002')
    .option('--format <name>', 'a shipped format or a file (iso87-ascii; with --bcd iso87-bcd)')
    .option(
      '--tpdu <hex>',
      'TPDU before each message, ten digits',
      textOf(/^[0-9A-Fa-f]{10}$/, 'ten hexadecimal digits'),
    )
    .option('--product <code>', 'product code', 'TALK10')
    .option('--account <number>', 'credit this account rather than sell PINs')
    .option(
      '--amount <n>',
      'amount in minor units (DE4); a PIN sale needs none',
      wholeNumber(0, 999_999_999_999),
    )
    .option('--currency <nnn>', 'ISO 4217 numeric (DE49)', textOf(/^\d{3}$/, 'three digits'), '840')
    .option('--terminal <id>', 'terminal (DE41)', textOf(/^.{1,16}$/, '1 to 16 characters'), 'DEMO0001')
    .option(
      '--merchant <id>',
      'merchant (DE42)',
      textOf(/^.{1,15}$/, '1 to 15 characters'),
      'DEMOMERCHANT001',
    )
    .option('--acquirer <id>', 'acquirer (DE32)', textOf(/^\d{1,11}$/, '1 to 11 digits'), '000001')
    .option('--timeout <seconds>', 'until a message counts as unanswered', wholeNumber(1, 600), 30)
    .option('--echo', 'the other side gives every message back as it is (a bare echo server)')
    .option('--books <file>', 'append every message and answer to a file, for an audit')
    .option('--json', 'print one JSON object')
    .addHelpText('after', NOTES)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { load } = await import('../tools/load/load.js');
  const { systemClock } = await import('../base/clock.js');
  const { systemRandom } = await import('../base/random.js');
  const { bcd = false, to = { host: '127.0.0.1', port: bcd ? 8584 : 8583 } } = options;
  const result = await load(
    {
      ...options,
      ...to,
      format: options.format ?? (bcd ? 'iso87-bcd' : 'iso87-ascii'),
      tpdu: options.tpdu ?? (bcd ? '6000010002' : ''),
      echo: options.echo ?? false,
    },
    {
      clock: systemClock,
      random: systemRandom,
      utcOffsetMinutes: -new Date(systemClock.now()).getTimezoneOffset(),
      onTick({ second, answers, run: { latencies, declined, errors } }) {
        if (options.json || !process.stdout.isTTY) return;
        const p99 = latencies.quantile(0.99)?.toFixed(1) ?? '-';
        print(`${second} s: ${answers} answers, p99 ${p99} ms, ${declined} declined, ${errors} errors`);
      },
    },
  );
  if (options.json) printJson(result);
  else print(told(result));
  if (result.sales === 0) process.exitCode = EXIT.notSo;
}

function told(result: LoadResult): string {
  const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(2)} ms`);
  const codes = Object.entries(result.declinedBy).map(([code, count]) => `${count} × ${code}`);
  return [
    `sales        ${result.sales}`,
    `per second   ${result.perSecond}`,
    `p50          ${ms(result.p50Ms)}`,
    `p99          ${ms(result.p99Ms)}`,
    `declined     ${result.declined}${codes.length > 0 ? ` (${codes.join(', ')})` : ''}`,
    `errors       ${result.errors}`,
    `reconnects   ${result.reconnects}`,
  ].join('\n');
}
