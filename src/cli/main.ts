#!/usr/bin/env node
/** The program, `prepaid-switch`: this process runs the command line that it was given. */
import { EXIT } from './command.js';
import { runCommandLine } from './program.js';

/** A reader that has seen enough, such as `head`, is no fault. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT.done);
});

await runCommandLine(process.argv.slice(2));
