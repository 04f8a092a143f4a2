/**
 * The commands, and what one call of the program does. Only the command that is called is loaded, and loads what it
 * needs when it runs, so that a small one starts fast. Every error ends as one line on standard error: see command.ts
 * for exit codes.
 */
import { Command, CommanderError } from 'commander';
import { programVersion } from '../base/root.js';
import { EXIT, explain, oneLine } from './command.js';

interface CommandFile {
  register(program: Command): void;
}

const settling = (): Promise<CommandFile> => import('./settle.js');
const joining = (): Promise<CommandFile> => import('./join.js');

/** In the order of the help. */
const COMMANDS = new Map<string, () => Promise<CommandFile>>([
  ['serve', () => import('./serve.js')],
  ['terminal', () => import('./terminal.js')],
  ['decode', () => import('./decode.js')],
  ['encode', () => import('./encode.js')],
  ['diff', () => import('./diff.js')],
  ['guess', () => import('./guess.js')],
  ['journal', () => import('./journal.js')],
  ['report', () => import('./report.js')],
  ['cutover', settling],
  ['settle', settling],
  ['check', () => import('./check.js')],
  ['load', () => import('./load.js')],
  ['replay', () => import('./replay.js')],
  ['simulate', () => import('./simulate.js')],
  ['catalogue', () => import('./catalogue.js')],
  ['stock', () => import('./stock.js')],
  ['merchant', () => import('./merchant.js')],
  ['cards', () => import('./cards.js')],
  ['store', () => import('./store.js')],
  ['keys', () => import('./keys.js')],
  ['operator', () => import('./operator.js')],
  ['audit', () => import('./audit.js')],
  ['api', () => import('./api.js')],
  ['capture', () => import('./capture.js')],
  ['hub', () => import('./hub.js')],
  ['join', joining],
  ['network', joining],
]);

/** The one that is called; all of them where help is asked for, or nobody knows what is. */
async function called(name: string | undefined): Promise<readonly CommandFile[]> {
  const one = COMMANDS.get(name ?? '');
  return Promise.all([...new Set(one ? [one] : COMMANDS.values())].map((load) => load()));
}

/** Runs one command to its end; `process.exitCode` then says how it went. `args` without the program's name. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = new Command('prepaid-switch')
    .description('An ISO 8583 switch for prepaid goods, and the tools around it.')
    .version(programVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`prepaid-switch: ${oneLine(text)}\n`) })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the thing asked about is not so, 2 wrong usage or configuration.',
    );
  for (const { register } of await called(args[0])) register(program);
  try {
    await program.parseAsync(args, { from: 'user' });
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
