/** `prepaid-switch store`: where the books are. */
import type { Command } from 'commander';
import { print, printJson, UsageError } from './command.js';
import { progressBar } from './progress.js';

interface CopyOptions {
  readonly from: string;
  readonly to?: string;
  readonly json?: boolean;
}

const HELP = `
Stop the switch first. The copy may be cut off and called again: it goes on where it was. At its end both sides are held
against each other, and switch.db is renamed to switch.db.moved: nothing is ever sold from both.

Example:
  PREPAID_SWITCH__store=postgres://switch:PASSWORD@db.example/prepaid prepaid-switch store copy --from data/switch.db`;

export function register(program: Command): void {
  program
    .command('store')
    .description('move the books of a data folder to PostgreSQL')
    .command('copy')
    .description('copy switch.db into an empty database, verified, and serve from there from then on')
    .requiredOption('--from <file>', "a data folder's switch.db")
    .option('--to <url>', 'postgres://USER:PASSWORD@HOST:PORT/DATABASE (else PREPAID_SWITCH__store)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(copy);
}

async function copy({ from, to = process.env.PREPAID_SWITCH__store, json }: CopyOptions): Promise<void> {
  if (to === undefined) throw new UsageError('store copy: --to URL, or PREPAID_SWITCH__store');
  const { moveBooks } = await import('../app/storeCopy.js');
  const bar = progressBar('store copy', 'rows copied and compared');
  try {
    const moved = await moveBooks({ from, to, progress: bar.update });
    if (json) printJson(moved);
    else {
      print(`${moved.rows} rows copied and compared, ${moved.takenIn} PINs accounted for on both sides.`);
      print(`The old file is ${moved.old}. Set \`store:\` in the configuration, or start as it is.`);
    }
  } finally {
    bar.stop();
  }
}
