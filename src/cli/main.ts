#!/usr/bin/env node
/**
 * The command line, `prepaid-switch`. Commands only register here; each loads what it needs when it is called, so
 * that a small one starts fast. Every error ends as one line on standard error: see command.ts for exit codes.
 */
import { Command, CommanderError } from 'commander';
import { programVersion } from '../base/root.js';
import { register as registerApi } from './api.js';
import { register as registerCapture } from './capture.js';
import { register as registerCards } from './cards.js';
import { register as registerCatalogue } from './catalogue.js';
import { register as registerCheck } from './check.js';
import { EXIT, explain, oneLine } from './command.js';
import { register as registerDecode } from './decode.js';
import { register as registerDiff } from './diff.js';
import { register as registerEncode } from './encode.js';
import { register as registerGuess } from './guess.js';
import { register as registerHub } from './hub.js';
import { register as registerJoin } from './join.js';
import { register as registerJournal } from './journal.js';
import { register as registerKeys } from './keys.js';
import { register as registerLoad } from './load.js';
import { register as registerMerchant } from './merchant.js';
import { register as registerReplay } from './replay.js';
import { register as registerReport } from './report.js';
import { register as registerServe } from './serve.js';
import { register as registerSettle } from './settle.js';
import { register as registerSimulate } from './simulate.js';
import { register as registerStock } from './stock.js';
import { register as registerTerminal } from './terminal.js';

const COMMANDS = [
  registerServe,
  registerTerminal,
  registerDecode,
  registerEncode,
  registerDiff,
  registerGuess,
  registerJournal,
  registerReport,
  registerSettle,
  registerCheck,
  registerLoad,
  registerReplay,
  registerSimulate,
  registerCatalogue,
  registerStock,
  registerMerchant,
  registerCards,
  registerKeys,
  registerApi,
  registerCapture,
  registerHub,
  registerJoin,
];

async function main(): Promise<void> {
  const program = new Command('prepaid-switch')
    .description('An ISO 8583 switch for prepaid goods, and the tools around it.')
    .version(programVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`prepaid-switch: ${oneLine(text)}\n`) })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the thing asked about is not so, 2 wrong usage or configuration.',
    );
  for (const register of COMMANDS) register(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // A command that calls program.error() has named its own code; everything else of commander's is usage.
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    const { code, line } = explain(error);
    process.stderr.write(`prepaid-switch: ${line}\n`);
    process.exitCode = code;
  }
}

/** A reader that has seen enough, such as `head`, is no fault. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT.done);
});

await main();
