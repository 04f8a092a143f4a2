/**
 * `prepaid-switch simulate terminals`: a fleet by a scenario, its closing table, and its books held against the switch's
 * journal. Exit code 1 where they differ, or where nothing was answered.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { FleetCheck } from '../tools/books/fleetCheck.js';
import type { FleetResult } from '../tools/terminals/fleet.js';
import { address, EXIT, print, printJson, textOf, UsageError, wholeNumber } from './command.js';
import { hasJournal, proveJournal, withJournal } from './journalSource.js';
import type { TerminalsOptions } from './simulate-terminals-options.js';

const NOTES = `
A scenario (specs/scenarios, or a YAML file of your own) says how many terminals there are, how often customers come
and what they want, how often an answer is asked for again, a sale undone, a message wrong or a line cut. What each
customer does follows from --seed and its number alone.

--books FILE appends one JSON line a fact: what is about to be sent, and what was answered. PINs stand in it as
SHA-256, accounts not at all. Where --data is given, the books are held against the journal at the end: what was
answered approved stands there, nothing else does, what was reversed stands no more, repeats were answered alike, no PIN
was told twice. Somebody else's sales with the same terminals count as sales that were never sent.

Examples:
  prepaid-switch simulate terminals shop-street --data data
  prepaid-switch simulate terminals saturday-peak --seconds 20 --rate 200 --data data --json
  prepaid-switch simulate terminals bad-line --bcd --books books.jsonl
  prepaid-switch simulate terminals --check --books books.jsonl --journal journal.jsonl
  prepaid-switch simulate terminals my-street.yaml --to 10.0.0.5:8583 --terminals SHOP0001,SHOP0002 --merchant SHOP`;

export function registerTerminals(simulate: Command): void {
  const command = simulate
    .command('terminals')
    .description(
      'a fleet of terminals by a scenario, with books of its own that are held against the journal',
    )
    .argument('[scenario]', 'a shipped scenario or a file; see --list')
    .option('--to <host:port>', 'where to (127.0.0.1:8583; with --bcd 127.0.0.1:8584)', address)
    .option('--bcd', 'BCD terminals behind a TPDU: --format iso87-bcd --tpdu 6000010002')
    .option('--format <name>', 'a shipped format or a file (iso87-ascii; with --bcd iso87-bcd)')
    .option('--framing <name>', 'framing: a name, or JSON as in the configuration', 'length2')
    .option('--tpdu <hex>', 'TPDU before each message', textOf(/^[0-9A-Fa-f]{10}$/, 'ten hexadecimal digits'))
    .option('--seconds <n>', "how long customers come (else the scenario's)", wholeNumber(1, 604_800))
    .option('--count <n>', 'at most so many customers', wholeNumber(1, 1_000_000))
    .option(
      '--rate <n>',
      "customers a second where the shape is 1 (else the scenario's)",
      wholeNumber(1, 5_000),
    )
    .option('--tills <n>', "terminals at work in each shop (else the scenario's)", wholeNumber(1, 2_000))
    .option('--seed <n>', 'the run to have again', wholeNumber(0, 4_294_967_295))
    .option('--terminals <id,id>', "terminals (DE41), in place of the scenario's", terminalIds)
    .option(
      '--merchant <id>',
      "merchant (DE42), in place of the scenario's",
      textOf(/^.{1,15}$/, '1 to 15 characters'),
    )
    .option(
      '--acquirer <id>',
      "acquirer (DE32), in place of the scenario's",
      textOf(/^\d{1,11}$/, '1 to 11 digits'),
    )
    .option(
      '--cards <file>',
      'value cards to use up: one number a line, or the CSV that `cards intake` reads',
    )
    .option('--books <file>', 'append what is sent and answered to a file');
  withJournal(command, 'the books of --books')
    .option('--list', 'list the scenarios that are shipped')
    .option('--json', 'print one JSON object')
    .addHelpText('after', NOTES)
    .action(terminals);
}

function terminalIds(text: string): readonly string[] {
  const ids = text.split(',');
  if (ids.every((id) => /^[\x21-\x7e]{1,16}$/.test(id))) return ids;
  throw new InvalidArgumentError('It must be terminals of 1 to 16 characters, separated by commas.');
}

async function terminals(scenario: string | undefined, options: TerminalsOptions): Promise<void> {
  const run = await import('./simulate-terminals-run.js');
  if (options.list) {
    print(run.listed());
    return;
  }
  const isHeld = hasJournal(options);
  if (options.check) {
    if (options.books === undefined) throw new UsageError('--check needs --books FILE');
    finish(run, undefined, await run.checkFile(options.books, options), options);
    return;
  }
  if (scenario === undefined) throw new UsageError('a scenario: see --list, or a file of your own');
  await proveJournal(options);
  const { result, books } = await run.fleet(scenario, options);
  const check = isHeld ? await run.checkBooks(books, options) : undefined;
  finish(run, result, check, options);
  const answered = Object.values(result.services).some(({ approved, declined }) => approved + declined > 0);
  if (!answered) process.exitCode = EXIT.notSo;
}

function finish(
  { told, checkText, checkRecord }: typeof import('./simulate-terminals-run.js'),
  result: FleetResult | undefined,
  check: FleetCheck | undefined,
  options: TerminalsOptions,
): void {
  if (check && check.violations.count > 0) process.exitCode = EXIT.notSo;
  if (options.json) {
    printJson({ ...result, check: check ? checkRecord(check) : null });
    return;
  }
  if (result) print(`${told(result)}\n`);
  print(check ? checkText(check) : 'Not held against the journal: --data FOLDER does that.');
}
