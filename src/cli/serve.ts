/** `prepaid-switch serve`: runs the switch from a configuration file, or the demonstration. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../base/root.js';

export function register(program: Command): void {
  program
    .command('serve')
    .description('run the switch')
    .option('--config <file>', 'configuration (YAML); see specs/demo.yaml')
    .option('--demo', 'run the demonstration: its configuration, its stock, and supplier simulators')
    .option('--data <folder>', 'data folder (else PREPAID_SWITCH_DATA, else ./data)')
    .action(async (options: { config?: string; demo?: boolean; data?: string }) => {
      const { readConfig } = await import('../app/config.js');
      const { dataFolder } = await import('../app/data.js');
      const { serve } = await import('../app/serve.js');
      const file =
        options.config ?? process.env.PREPAID_SWITCH_CONFIG ?? (options.demo ? demoFile() : undefined);
      if (!file) program.error('serve: --config FILE (or PREPAID_SWITCH_CONFIG), or --demo', { exitCode: 2 });
      await serve({
        config: readConfig(file, process.env),
        dataFolder: dataFolder(options.data),
        demo: options.demo ?? false,
        pretty: process.stdout.isTTY === true,
      });
    });
}

function demoFile(): string {
  return join(packageRoot(), 'specs/demo.yaml');
}
