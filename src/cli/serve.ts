/** `prepaid-switch serve`: runs the switch from a configuration file, or the demonstration. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../app/config.js';
import { packageRoot } from '../base/root.js';
import { UsageError } from './command.js';

interface ServeCommand {
  readonly config?: string;
  readonly demo?: boolean;
  readonly data?: string;
  readonly record?: string;
  readonly recordFor?: string;
}

const EXAMPLES = `
Examples:
  prepaid-switch serve --config switch.yaml --data /var/lib/prepaid-switch
  prepaid-switch serve --demo --record captures
  prepaid-switch serve --demo --record captures --record-for $(prepaid-switch capture key auditor.key | head -1)`;

export function register(program: Command): void {
  program
    .command('serve')
    .description('run the switch')
    .option('--config <file>', 'configuration (YAML); see specs/demo.yaml')
    .option('--demo', 'run the demonstration: its configuration, its stock, and supplier simulators')
    .option('--data <folder>', 'data folder (else PREPAID_SWITCH_DATA, else ./data)')
    .option('--record <folder>', 'record what passes on every link, to pcapng files in this folder')
    .option(
      '--record-for <key>',
      'encrypt the recordings for the holder of this key; without it they are masked',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: ServeCommand) => {
      if (options.recordFor !== undefined && !options.record)
        program.error('serve: --record-for goes with --record FOLDER', { exitCode: 2 });
      const { readConfig } = await import('../app/config.js');
      const { dataFolder } = await import('../app/data.js');
      const { serve } = await import('../app/serve.js');
      const file =
        options.config ?? process.env.PREPAID_SWITCH_CONFIG ?? (options.demo ? demoFile() : undefined);
      if (!file) program.error('serve: --config FILE (or PREPAID_SWITCH_CONFIG), or --demo', { exitCode: 2 });
      const config = await recordedBy(options, readConfig(file, process.env));
      await serve({
        config,
        dataFolder: dataFolder(options.data),
        demo: options.demo ?? false,
        pretty: process.stdout.isTTY === true,
      });
    });
}

async function recordedBy({ record, recordFor }: ServeCommand, config: Config): Promise<Config> {
  if (!record) return config;
  const { isPublicKey } = await import('../capture/sealed.js');
  const isKey = (text: string): boolean =>
    /^[0-9A-Fa-f]{64}$/.test(text) && isPublicKey(Buffer.from(text, 'hex'));
  if (recordFor !== undefined && !isKey(recordFor))
    throw new UsageError('--record-for: must be the 64 hexadecimal digits that capture key printed');
  const { recordingAll } = await import('../app/recording/links.js');
  return recordingAll(config, resolve(record), recordFor);
}

function demoFile(): string {
  return join(packageRoot(), 'specs/demo.yaml');
}
