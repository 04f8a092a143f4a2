/** `prepaid-switch hub`: runs a PIN network's hub, and what its operator decides of the network. */
import type { Command } from 'commander';
import { registerLevels } from './hub-levels.js';
import { register as registerOrders } from './hub-orders.js';
import { register as registerConfirm } from './hubConfirm.js';
import { register as registerRecover } from './hubRecover.js';
import { register as registerSwitch } from './hubSwitch.js';

const EXAMPLES = `
Examples:
  prepaid-switch hub serve --config hub.yaml --data hub-data
  prepaid-switch hub switch enrol north --data hub-data
  prepaid-switch hub switch list --data hub-data
  prepaid-switch hub levels --watch --data hub-data
  prepaid-switch hub orders list --open --data hub-data
  prepaid-switch hub switch retire north --by ann --why "disk lost" --data hub-data`;

export function register(program: Command): void {
  const hub = program
    .command('hub')
    .description('the hub of a PIN network: runs it, enrols switches')
    .addHelpText('after', EXAMPLES);
  hub
    .command('serve')
    .description('run the hub')
    .option('--config <file>', 'configuration (YAML); see specs/hub.yaml')
    .option('--data <folder>', 'data folder (else PREPAID_SWITCH_DATA, else ./data)')
    .action(async (options: { config?: string; data?: string }) => {
      const { readHubConfig } = await import('../app/hub/config.js');
      const { dataFolder } = await import('../app/data.js');
      const { serveHub } = await import('../app/hub/serve.js');
      const file = options.config ?? process.env.PREPAID_SWITCH_CONFIG;
      if (!file) program.error('hub serve: --config FILE (or PREPAID_SWITCH_CONFIG)', { exitCode: 2 });
      await serveHub({
        config: readHubConfig(file, process.env),
        dataFolder: dataFolder(options.data),
        pretty: process.stdout.isTTY === true,
      });
    });
  registerLevels(hub);
  registerSwitch(hub);
  registerOrders(hub);
  registerRecover(hub);
  registerConfirm(hub);
}
